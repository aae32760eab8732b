{#- One row of the weekly or monthly mart. -#}
with

periods as (select * from {{ ref('int_kpi_periods_compared') }}),
series as (select * from {{ ref('int_kpi_series_spanned') }}),
targets as (select * from {{ ref('int_kpi_targets_resolved') }}),

parts as (
    select
        periods.*,
        series.kpi,
        series.variant,
        series.scope,
        series.scope_id,
        series.channel_group,
        series.direction,
        targets.target_low as range_low,
        targets.target_high as range_high,
        targets.pass_value,
        targets.excellent_value,
        {{ kpi_divisor('periods.denominator') }} as divisor,
        {{ kpi_divisor('periods.earlier_denominator') }} as earlier_divisor
    from periods
    inner join series on series.series_id = periods.series_id and series.kpi_version = periods.kpi_version
    left join targets
        on
            targets.series_id = periods.series_id
            and targets.effective_from <= periods.period_end
            and targets.next_from > periods.period_end
),

quotients as (
    select
        parts.*,
        cast(amount as double) / cast(divisor as double) as quotient,
        cast(last_amount as double) / cast(divisor as double) as last_quotient,
        cast(earlier_amount as double) / cast(earlier_divisor as double) as earlier_quotient
    from parts
),

valued as (
    select
        quotients.*,
        {{ rounded_quotient('amount', 'divisor', 'quotient') }} as value,
        {{ rounded_quotient('earlier_amount', 'earlier_divisor', 'earlier_quotient') }} as value_prev,
        {{ rounded_difference(
            'last_amount', 'divisor', 'earlier_amount', 'earlier_divisor', 'last_quotient', 'earlier_quotient'
        ) }} as change_abs,
        {{ rounded_relative_change(
            'last_amount', 'divisor', 'earlier_amount', 'earlier_divisor', 'last_quotient', 'earlier_quotient'
        ) }} as change_rel
    from quotients
)

select
    grain,
    period_start,
    cast(period_end as date) as period_end,
    scope,
    scope_id,
    channel_group,
    kpi,
    variant,
    cast(kpi_version as int) as kpi_version,
    cast(case when kind <> 'distribution' then numerator end as decimal(38, 6)) as numerator,
    cast(denominator as decimal(38, 6)) as denominator,
    value,
    cast(sample_size as bigint) as sample_size,
    cast(pending_size as bigint) as pending_size,
    value_prev,
    change_abs,
    change_rel,
    {{ kpi_verdict('value', 'value_prev') }} as verdict,
    {{ kpi_target_low() }} as target_low,
    {{ kpi_target_high() }} as target_high,
    {{ kpi_band() }} as band,
    is_settled,
    settles_on,
    is_partial
from valued
