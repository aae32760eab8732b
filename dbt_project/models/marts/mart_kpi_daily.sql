with

windowed as (select * from {{ ref('int_kpi_changes_windowed') }}),
targets as (select * from {{ ref('int_kpi_targets_resolved') }}),
directions as (select distinct kpi, variant, direction from {{ ref('kpi_catalog') }}),

one as (select cast(1 as decimal(38, 6)) as unit),

parts as (
    select
        windowed.*,
        directions.direction,
        case when kind in ('count', 'stock') then unit when denominator > 0 then denominator end as divisor,
        case when kind = 'stock' then numerator when has_7d then numerator_7d end as last_numerator,
        case when kind in ('count', 'stock') then unit when denominator_7d > 0 then denominator_7d end as last_divisor,
        case
            when kind = 'stock' and has_week_ago then coalesce(numerator_week_ago, 0)
            when kind <> 'stock' and has_prev_7d then numerator_prev_7d
        end as earlier_numerator,
        case when kind in ('count', 'stock') then unit when denominator_prev_7d > 0 then denominator_prev_7d end as earlier_divisor
    from windowed
    cross join one
    inner join directions on directions.kpi = windowed.kpi and directions.variant = windowed.variant
),

valued as (
    select
        parts.*,
        cast(numerator as double) / cast(divisor as double) as exact_value,
        {{ rounded_quotient('numerator', 'divisor') }} as value,
        {{ rounded_quotient('last_numerator', 'last_divisor') }} as value_7d,
        {{ rounded_quotient('earlier_numerator', 'earlier_divisor') }} as value_prev_7d,
        {{ rounded_difference('last_numerator', 'last_divisor', 'earlier_numerator', 'earlier_divisor') }} as change_abs,
        {{ rounded_relative_change('last_numerator', 'last_divisor', 'earlier_numerator', 'earlier_divisor') }} as change_rel
    from parts
),

compared as (
    select
        valued.*,
        targets.target_low as range_low,
        targets.target_high as range_high,
        targets.pass_value,
        targets.excellent_value
    from valued
    left join targets
        on
            targets.kpi = valued.kpi
            and targets.variant = valued.variant
            and targets.service_date = valued.service_date
            and targets.scope = valued.scope
            and targets.scope_id = valued.scope_id
            and targets.channel_group = valued.channel_group
)

select
    service_date,
    scope,
    scope_id,
    channel_group,
    kpi,
    variant,
    cast(kpi_version as int) as kpi_version,
    cast(numerator as decimal(38, 6)) as numerator,
    cast(denominator as decimal(38, 6)) as denominator,
    value,
    cast(sample_size as bigint) as sample_size,
    cast(pending_size as bigint) as pending_size,
    value_7d,
    value_prev_7d,
    change_abs,
    change_rel,
    {{ kpi_verdict() }} as verdict,
    cast(case when direction = 'up' then pass_value when direction = 'down' then excellent_value else range_low end as double)
        as target_low,
    cast(case when direction = 'up' then excellent_value when direction = 'down' then pass_value else range_high end as double)
        as target_high,
    {{ kpi_band() }} as band,
    is_settled,
    settles_on,
    any_unsettled = 1 as is_partial
from compared
