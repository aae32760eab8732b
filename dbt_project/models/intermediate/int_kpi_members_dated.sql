{#- One row per member of a scope, channel group and published day on which the member has rows; an agent only on days with any. -#}
with

summed as (select * from {{ ref('int_kpi_scopes_summed') }}),
days as (select * from {{ ref('int_days_published') }}),

members as (
    select scope, scope_id, channel_group, cast(row_number() over (order by scope, scope_id, channel_group) as bigint) as member_number
    from (select distinct scope, scope_id, channel_group from summed) as found
),

agent_days as (
    select distinct scope, scope_id, channel_group, service_date
    from summed
    where scope = 'agent'
)

select members.*, days.service_date, days.is_complete
from members
cross join days
where members.scope <> 'agent'
union all
select members.*, days.service_date, days.is_complete
from members
inner join agent_days
    on
        agent_days.scope = members.scope
        and agent_days.scope_id = members.scope_id
        and agent_days.channel_group = members.channel_group
inner join days on days.service_date = agent_days.service_date
