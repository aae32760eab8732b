{#
    A comment's author is an agent who ever was one, or who wrote an internal note; the system's and business rules' comments are
    automatic.
#}
with

comments as (select * from {{ ref('stg_zendesk__updates') }} where event_type in ('Comment', 'VoiceComment')),
agents as (select * from {{ ref('int_zendesk_agents_known') }}),

authored as (
    select
        comments.*,
        agents.agent_id,
        coalesce(comments.is_system, false) or comments.actor_id_token is null as is_by_system
    from comments
    left join agents on agents.user_id_token = comments.actor_id_token
)

select
    'zendesk:' || event_id as message_id,
    cast(null as varchar(200)) as contact_id,
    'zendesk:' || cast(ticket_id as varchar(200)) as ticket_id,
    case
        when is_by_system then 'system'
        when agent_id is not null or not is_public then 'agent'
        else 'customer'
    end as sender_type,
    agent_id as sender_id,
    occurred_at as sent_at,
    is_public,
    is_by_system or coalesce(lower(via_channel) in ('rule', 'trigger', 'automation', 'system'), false) as is_automatic,
    cast(null as varchar(200)) as template,
    text_length,
    text_language,
    text_is_closing_only,
    'zendesk' as source_system,
    _batch,
    _attempt,
    _page,
    _position
from authored
