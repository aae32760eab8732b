{#- One row per agent or team that has a KPI row in a month, with the team it is ranked in and the policy it is scored by. -#}
{{ config(materialized='ephemeral') }}
with

months as (
    select distinct period_start, period_end, scope, scope_id
    from {{ ref('int_kpi_periods_valued') }}
    where grain = 'month' and scope in ('agent', 'team') and scope_id <> '(none)'
),
periods as (select * from {{ ref('int_periods_published') }} where grain = 'month'),
agents as (select * from {{ ref('int_agents_versioned') }}),
policies as (
    select distinct scope, team_id, effective_from as policy_from from {{ ref('scorecard_policies') }}
),

placed as (
    select
        months.*,
        case when months.scope = 'team' then months.scope_id else coalesce(agents.team_id, '(none)') end as team_id,
        agents.name,
        row_number() over (
            partition by months.period_start, months.scope, months.scope_id order by agents.effective_from desc nulls last
        ) as newest
    from months
    inner join periods on periods.period_start = months.period_start
    left join agents
        on
            months.scope = 'agent'
            and agents.agent_id = months.scope_id
            and agents.effective_from < periods.ends_at
    where agents.is_bot is not true
),

matched as (
    select
        placed.*,
        policies.scope as policy_scope,
        policies.team_id as policy_team_id,
        policies.policy_from,
        row_number() over (
            partition by placed.period_start, placed.scope, placed.scope_id
            order by
                case when policies.team_id = '*' then 1 else 0 end,
                case when policies.scope = '*' then 1 else 0 end,
                policies.policy_from desc
        ) as preference
    from placed
    left join policies
        on
            policies.policy_from <= placed.period_start
            and policies.scope in ('*', placed.scope)
            and policies.team_id in ('*', placed.team_id)
    where placed.newest = 1
)

select period_start, period_end, scope, scope_id, team_id, name, policy_scope, policy_team_id, policy_from
from matched
where preference = 1
