{{ config(materialized='table') }}

{{ newest_per_key(
    source('zendesk', 'users'),
    keys=['user_id_token'],
    order_by=['updated_at desc', '_landed_at desc', '_page desc', '_position desc', '_part desc', '_batch desc']
) }}
