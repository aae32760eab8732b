{#- One row per series and week or month that the marts show: parts summed over its days, a stock's of its last complete day. -#}
with

summed as (select * from {{ ref('int_kpi_scopes_summed') }}),
members as (select * from {{ ref('int_kpi_members_dated') }}),
series as (select * from {{ ref('int_kpi_series_spanned') }}),
periods as (select * from {{ ref('int_periods_published') }}),
info as (select * from {{ source('inputs', 'build_info') }}),

day_periods as (
    {%- for grain in ['week', 'month'] %}
    select '{{ grain }}' as grain, service_date, {{ period_start(grain, 'service_date') }} as period_start
    from (select service_date from {{ ref('int_days_published') }}) as days
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

slots as (
    select
        periods.grain,
        periods.period_start,
        periods.period_end,
        periods.is_whole,
        periods.last_complete_day,
        series.series_id,
        series.kpi_number,
        series.kpi_version,
        series.kind,
        series.has_denominator
    from (
        select distinct members.member_number, day_periods.grain, day_periods.period_start
        from members
        inner join day_periods on day_periods.service_date = members.service_date
    ) as shown
    inner join periods on periods.grain = shown.grain and periods.period_start = shown.period_start
    cross join info
    inner join series
        on
            series.member_number = shown.member_number
            and series.effective_from <= least(periods.period_end, info.last_day)
            and series.next_from > least(periods.period_end, info.last_day)
    where series.kind <> 'stock' or periods.last_complete_day is not null
),

parts as (
    select
        series.series_id,
        periods.grain,
        periods.period_start,
        {{ exact_sum('summed.numerator') }} as numerator,
        {{ exact_sum('summed.denominator') }} as denominator,
        cast(sum(summed.sample_size) as bigint) as sample_size,
        cast(sum(summed.pending_size) as bigint) as pending_size
    from summed
    inner join (select distinct series_id, kpi_number, scope, scope_id, channel_group, kind from series) as series
        on
            series.kpi_number = summed.kpi_number
            and series.scope = summed.scope
            and series.scope_id = summed.scope_id
            and series.channel_group = summed.channel_group
    inner join day_periods on day_periods.service_date = summed.service_date
    inner join periods on periods.grain = day_periods.grain and periods.period_start = day_periods.period_start
    where series.kind <> 'stock' or summed.service_date = periods.last_complete_day
    group by series.series_id, periods.grain, periods.period_start
)

select
    slots.*,
    coalesce(parts.numerator, 0) as numerator,
    case when slots.has_denominator then coalesce(parts.denominator, 0) end as denominator,
    coalesce(parts.sample_size, 0) as sample_size,
    coalesce(parts.pending_size, 0) as pending_size
from slots
left join parts
    on parts.series_id = slots.series_id and parts.grain = slots.grain and parts.period_start = slots.period_start
