{#- One row per KPI, variant, channel group and unit: how its values spread over the company's days or a scope's members and months. -#}
with

periods as (
    select * from {{ ref('int_kpi_periods_valued') }}
    where grain = 'month' and scope in ('agent', 'team', 'queue') and scope_id <> '(none)' and value is not null
),
days as (select * from {{ ref('int_kpi_changes_windowed') }} where amount is not null),
series as (select * from {{ ref('int_kpi_series_spanned') }}),
info as (select * from {{ source('inputs', 'build_info') }}),

company_days as (
    select
        series.kpi,
        series.variant,
        series.channel_group,
        days.amount,
        {{ kpi_divisor('days.denominator') }} as divisor
    from days
    inner join series on series.series_id = days.series_id and series.kpi_version = days.kpi_version
    where series.scope = 'company'
),

listed as (
    select
        'company-day' as unit,
        kpi,
        variant,
        channel_group,
        cast(cast(amount as double) / cast(divisor as double) as decimal(18, 6)) as amount
    from company_days
    where divisor is not null
    union all
    select scope || '-month' as unit, kpi, variant, channel_group, cast(value as decimal(18, 6)) as amount
    from periods
),

offsets as (
    select listed.*, cast(amount - min(amount) over (partition by unit, kpi, variant, channel_group) as decimal(18, 6)) as above_least
    from listed
)

select
    info.first_day as period_start,
    info.last_day as period_end,
    unit,
    kpi,
    variant,
    channel_group,
    cast(count(*) as bigint) as sample_size,
    round(cast(sum(amount) as double) / count(*), 6) as mean_value,
    {{ sample_deviation('above_least') }} as deviation,
    cast(min(amount) as double) as least_value,
    {%- for percent in [10, 25, 50, 75, 90] %}
    cast({{ nearest_rank('amount', percent) }} as double) as p{{ percent }}_value,
    {%- endfor %}
    cast(max(amount) as double) as most_value
from offsets
cross join info
group by info.first_day, info.last_day, unit, kpi, variant, channel_group
