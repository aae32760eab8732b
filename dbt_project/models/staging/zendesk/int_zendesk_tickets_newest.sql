{{ config(materialized='table') }}

{{ newest_per_key(
    source('zendesk', 'tickets'),
    keys=['ticket_id'],
    order_by=['generated_at desc', '_landed_at desc', '_page desc', '_position desc', '_part desc', '_batch desc']
) }}
