{#- One KPI of one agent's or team's scorecard in a month, with the points it earned. -#}
with

members as (select * from {{ ref('int_scorecard_members_judged') }}),
policies as (select * from {{ ref('scorecard_policies') }}),
months as (select * from {{ ref('int_kpi_periods_valued') }} where grain = 'month' and scope in ('agent', 'team')),

items as (
    select
        members.period_start,
        members.period_end,
        members.scope,
        members.scope_id,
        members.team_id,
        members.name,
        policies.kpi,
        policies.variant,
        policies.channel_group,
        policies.weight,
        policies.floor_value,
        policies.target_value,
        policies.cap_value,
        policies.minimum_sample,
        members.policy_from,
        months.value,
        coalesce(months.sample_size, 0) as sample_size,
        coalesce(months.pending_size, 0) as pending_size,
        coalesce(months.is_settled, true) as is_settled,
        case when months.denominator is null then coalesce(months.numerator, cast(months.value as decimal(38, 6))) else months.numerator end
            as amount,
        coalesce(months.denominator, cast(1 as decimal(38, 6))) as divisor,
        months.value is not null and months.sample_size >= policies.minimum_sample as has_sample
    from members
    inner join policies
        on
            policies.scope = members.policy_scope
            and policies.team_id = members.policy_team_id
            and policies.effective_from = members.policy_from
    left join months
        on
            months.period_start = members.period_start
            and months.scope = members.scope
            and months.scope_id = members.scope_id
            and months.kpi = policies.kpi
            and months.variant = policies.variant
            and months.channel_group = policies.channel_group
)

select
    {{ month_name('period_start') }} as month,
    scope,
    scope_id,
    team_id,
    name,
    kpi,
    variant,
    channel_group,
    weight,
    floor_value,
    target_value,
    cap_value,
    minimum_sample,
    policy_from,
    value,
    cast(sample_size as bigint) as sample_size,
    cast(pending_size as bigint) as pending_size,
    is_settled,
    has_sample is true as has_sample,
    case when has_sample then cast({{ scorecard_points('amount', 'divisor', 'floor_value', 'target_value', 'cap_value') }} as decimal(28, 10)) end as points,
    period_start,
    period_end
from items
