{# Who the customer of a conversation is: as its messages show the contact, else as the conversation does. #}
with

lines as (select * from {{ ref('stg_chatwoot__lines') }} where contact_id_token is not null),
conversations as (select * from {{ ref('stg_chatwoot__conversations') }}),

spoken as (
    select
        conversation_id,
        max_by(contact_id_token, message_id) as contact_id_token,
        max_by(contact_phone_token, message_id) filter (where contact_phone_token is not null) as contact_phone_token,
        max_by(contact_email_token, message_id) filter (where contact_email_token is not null) as contact_email_token
    from lines
    group by conversation_id
),

every_conversation as (
    select conversation_id from spoken
    union
    select conversation_id from conversations
)

select
    every_conversation.conversation_id,
    coalesce(spoken.contact_id_token, conversations.contact_id_token) as customer_id_token,
    coalesce(spoken.contact_phone_token, conversations.contact_phone_token) as customer_phone_token,
    coalesce(spoken.contact_email_token, conversations.contact_email_token) as customer_email_token,
    conversations.team_id,
    conversations.topic,
    conversations.labels,
    conversations.disposition,
    conversations.order_id_token,
    case
        when conversations.ticket_id like '%:%' then conversations.ticket_id
        else 'zendesk:' || conversations.ticket_id
    end as ticket_id
from every_conversation
left join spoken on spoken.conversation_id = every_conversation.conversation_id
left join conversations on conversations.conversation_id = every_conversation.conversation_id
