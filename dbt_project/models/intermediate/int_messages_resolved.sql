{# One row per public chat or ticket message that a customer or a human wrote by hand. #}
with

messages as (
    select *, case when sender_type = 'agent' then sender_id end as agent_login
    from {{ ref('int_messages_unioned') }}
),
logins as (select * from {{ ref('int_agent_logins_effective') }}),
agents as (select * from {{ ref('int_agents_versioned') }}),

authored as (
    select
        messages.message_id,
        messages.contact_id,
        messages.ticket_id,
        messages.sender_type,
        messages.sent_at,
        messages.text_is_closing_only,
        messages.source_system,
        messages._batch,
        messages._attempt,
        messages._page,
        messages._position,
        coalesce(logins.agent_id, messages.agent_login) as agent_id
    from messages
    left join logins
        on
            logins.login_id = messages.agent_login
            and logins.effective_from <= messages.sent_at
            and logins.effective_to > messages.sent_at
    where
        messages.sender_type in ('customer', 'agent')
        and coalesce(messages.is_public, true)
        and not coalesce(messages.is_automatic, false)
)

select
    authored.*,
    agents.team_id
from authored
left join agents
    on
        agents.agent_id = authored.agent_id
        and agents.effective_from <= authored.sent_at
        and agents.effective_to > authored.sent_at
where not coalesce(agents.is_bot, false)
