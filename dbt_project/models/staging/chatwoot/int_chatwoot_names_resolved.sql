{# Activities name agents and teams only by name; a name that two of them share resolves to nobody. #}
with

agents as (
    select name, agent_id from {{ source('chatwoot', 'agents') }}
    union
    select agent_name as name, agent_id from {{ ref('stg_chatwoot__lines') }}
),

teams as (select distinct name, team_id from {{ source('chatwoot', 'teams') }}),

every_name as (
    select name, agent_id, cast(null as bigint) as team_id from agents
    union all
    select name, cast(null as bigint) as agent_id, team_id from teams
)

select
    name,
    case when count(distinct agent_id) = 1 then max(agent_id) end as agent_id,
    case when count(distinct team_id) = 1 then max(team_id) end as team_id
from every_name
where name is not null
group by name
