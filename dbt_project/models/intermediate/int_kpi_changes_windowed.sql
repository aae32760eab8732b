{#- One row per row of the daily mart with the parts of the last 7 days and of the 7 before, re-summed. -#}
with

days as (select * from {{ ref('int_kpi_days_filled') }}),
settled as (select * from {{ ref('int_kpi_days_settled') }}),
info as (select * from {{ source('inputs', 'build_info') }}),

marked as (
    select
        days.*,
        settled.settles_on,
        days.pending_size = 0 and settled.is_past as is_settled,
        info.first_day
    from days
    cross join info
    inner join settled
        on
            settled.kpi = days.kpi
            and settled.variant = days.variant
            and settled.kpi_version = days.kpi_version
            and settled.service_date = days.service_date
),

windowed as (
    select
        marked.*,
        sum(numerator) over last_7 as numerator_7d,
        sum(denominator) over last_7 as denominator_7d,
        sum(numerator) over before_7 as numerator_prev_7d,
        sum(denominator) over before_7 as denominator_prev_7d,
        max(numerator) over same_weekday as numerator_week_ago,
        max(case when is_settled then 0 else 1 end) over both_weeks as any_unsettled
    from marked
    window
        last_7 as (
            partition by kpi, variant, scope, scope_id, channel_group order by service_date
            range between interval '6' day preceding and current row
        ),
        before_7 as (
            partition by kpi, variant, scope, scope_id, channel_group order by service_date
            range between interval '13' day preceding and interval '7' day preceding
        ),
        same_weekday as (
            partition by kpi, variant, scope, scope_id, channel_group order by service_date
            range between interval '7' day preceding and interval '7' day preceding
        ),
        both_weeks as (
            partition by kpi, variant, scope, scope_id, channel_group order by service_date
            range between interval '13' day preceding and current row
        )
)

select
    windowed.*,
    service_date >= first_day + 6 as has_7d,
    service_date >= first_day + 13 as has_prev_7d,
    service_date >= first_day + 7 as has_week_ago
from windowed
