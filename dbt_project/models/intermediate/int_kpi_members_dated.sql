{#- One row per member of a scope, channel group and published day on which the member has rows; an agent only on days with a shift, a login or any fact. -#}
with

summed as (select * from {{ ref('int_kpi_scopes_summed') }}),
days as (select * from {{ ref('int_days_published') }}),
shift_or_login_days as (select distinct agent_id, service_date from {{ ref('fct_agent_days') }}),

found as (
    select distinct scope, scope_id, channel_group from summed
    union
    select distinct 'agent' as scope, agent_id as scope_id, 'all' as channel_group from shift_or_login_days
),

members as (
    select scope, scope_id, channel_group, cast(row_number() over (order by scope, scope_id, channel_group) as bigint) as member_number
    from found
),

agent_days as (
    select distinct scope_id, service_date from summed where scope = 'agent'
    union
    select agent_id as scope_id, service_date from shift_or_login_days
)

select members.*, days.service_date, days.is_complete
from members
cross join days
where members.scope <> 'agent'
union all
select members.*, days.service_date, days.is_complete
from members
inner join agent_days
    on agent_days.scope_id = members.scope_id and members.scope = 'agent'
inner join days on days.service_date = agent_days.service_date
