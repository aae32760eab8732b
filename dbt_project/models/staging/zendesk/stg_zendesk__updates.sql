{{ config(materialized='table') }}

{{ newest_per_key(
    source('zendesk', 'ticket_events'),
    keys=['event_id'],
    order_by=['_landed_at desc', '_page desc', '_position desc', '_part desc', '_batch desc']
) }}
