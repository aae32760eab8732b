{{ config(materialized='table') }}

{# What kind of line it is: a word of the customer, of a human by hand, of a bot, of a rule, a note, or an activity. #}
with

messages as (
    {{ newest_per_key(
        source('chatwoot', 'messages'),
        keys=['message_id'],
        order_by=['_landed_at desc', '_page desc', '_position desc', '_part desc', '_batch desc']
    ) }}
)

select
    messages.*,
    case
        when kind = 'activity' then activity
        when is_private then 'note'
        when kind = 'incoming' then 'customer'
        when kind = 'template' then 'automatic'
        when sender_type in ('agent_bot', 'captain_assistant') then 'bot'
        when agent_id is not null and not is_automatic then 'human'
        else 'automatic'
    end as step
from messages
