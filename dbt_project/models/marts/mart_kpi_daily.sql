with

windowed as (select * from {{ ref('int_kpi_changes_windowed') }}),
targets as (select * from {{ ref('int_kpi_targets_resolved') }}),
directions as (select distinct kpi, variant, direction from {{ ref('kpi_catalog') }}),

valued as (
    select
        windowed.*,
        directions.direction,
        {{ kpi_value('numerator', 'denominator') }} as exact_value,
        case
            when kind = 'stock' then cast(numerator as double)
            when has_7d then {{ kpi_value('numerator_7d', 'denominator_7d') }}
        end as exact_7d,
        case
            when kind = 'stock' and has_week_ago then cast(numerator_week_ago as double)
            when kind <> 'stock' and has_prev_7d then {{ kpi_value('numerator_prev_7d', 'denominator_prev_7d') }}
        end as exact_prev_7d
    from windowed
    inner join directions on directions.kpi = windowed.kpi and directions.variant = windowed.variant
),

compared as (
    select
        valued.*,
        case when exact_prev_7d is not null then exact_7d - exact_prev_7d end as exact_change,
        case when exact_prev_7d <> 0 then (exact_7d - exact_prev_7d) / abs(exact_prev_7d) end as exact_change_rel,
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
    round(exact_value, 6) as value,
    cast(sample_size as bigint) as sample_size,
    cast(pending_size as bigint) as pending_size,
    round(exact_7d, 6) as value_7d,
    round(exact_prev_7d, 6) as value_prev_7d,
    round(exact_change, 6) as change_abs,
    round(exact_change_rel, 6) as change_rel,
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
