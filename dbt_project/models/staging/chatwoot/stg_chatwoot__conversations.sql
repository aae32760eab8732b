{{ config(materialized='table') }}

{{ newest_per_key(
    source('chatwoot', 'conversations'),
    keys=['conversation_id'],
    order_by=['version desc', '_landed_at desc', '_page desc', '_position desc', '_part desc', '_batch desc']
) }}
