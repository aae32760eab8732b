{# Chatwoot does not tell since when an agent is there, nor knows teams in which an agent is alone: both are left to other sources. #}
with

agents as (
    {{ newest_per_key(
        source('chatwoot', 'agents'),
        keys=['agent_id'],
        order_by=['_landed_at desc', '_page desc', '_position desc', '_part desc', '_batch desc']
    ) }}
)

select
    'chatwoot:' || cast(agent_id as varchar(200)) as agent_id,
    name,
    email,
    cast(null as varchar(200)) as team_id,
    cast(null as varchar(200)) as department,
    case when role = 'agent' then 'agent' end as role,
    cast(null as varchar(200)) as tier,
    false as is_bot,
    timestamp '1970-01-01 00:00:00+00' as valid_from,
    nullif(_landed_at, _landed_at) as valid_to,
    'chatwoot' as source_system,
    _batch,
    _attempt,
    _page,
    _position
from agents
