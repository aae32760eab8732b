{# One row per leg: the stays with humans, and the bot's part of a contact as self-service. #}
with

stays as (select * from {{ ref('int_chatwoot_stays_ended') }}),
contacts as (select * from {{ ref('int_chatwoot_contacts_framed') }}),

bots as (
    select
        contacts.*,
        {{ plus_seconds('last_word_at', var('chat_idle_cut_seconds')) }} as idle_at,
        {{ source_as_of('chatwoot') }} as as_of
    from contacts
    where has_bot
)

select
    contact_id || ':' || cast(stay_number + 1 as varchar(200)) as contact_leg_id,
    contact_id,
    conversation_id,
    case when is_outbound then 'outbound' when stay_number = 0 then 'queue' else bound_kind end as leg_kind,
    case when is_outbound then 'outbound' else 'inbound' end as direction,
    team_id,
    inbox_id,
    coalesce(replier_id, assignee_id) as agent_id,
    offered_at,
    assigned_at,
    answered_at,
    ended_at,
    outcome,
    case
        when closed_at is not null and ended_at = closed_at
            then case closed_by when 'customer' then 'customer' when 'user' then 'agent' else 'system' end
    end as disconnected_by,
    case when next_team_id is distinct from team_id then next_team_id end as transferred_to_team_id,
    case when next_replier_id is distinct from replier_id then next_replier_id end as transferred_to_agent_id,
    outcome = 'answered' and next_replier_id is not null as is_transferred
from stays
union all
select
    contact_id || ':bot' as contact_leg_id,
    contact_id,
    conversation_id,
    'self_service' as leg_kind,
    'inbound' as direction,
    cast(null as bigint) as team_id,
    cast(null as bigint) as inbox_id,
    cast(null as bigint) as agent_id,
    started_at as offered_at,
    nullif(started_at, started_at) as assigned_at,
    nullif(started_at, started_at) as answered_at,
    coalesce(human_from, closed_at, case when idle_at <= as_of then idle_at end) as ended_at,
    case
        when human_from is not null then 'flow_out'
        when closed_at is not null or idle_at <= as_of then 'self_service'
        else 'open'
    end as outcome,
    cast(null as varchar(200)) as disconnected_by,
    cast(null as bigint) as transferred_to_team_id,
    cast(null as bigint) as transferred_to_agent_id,
    false as is_transferred
from bots
