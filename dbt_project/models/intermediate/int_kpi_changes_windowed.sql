{#- One row per row of the daily mart with its amounts now, over the last 7 days and over the 7 before: parts re-summed; a stock's of the
    day and of the same weekday a week before; a distribution's quantile. -#}
with

days as (select * from {{ ref('int_kpi_days_filled') }}),
settled as (select * from {{ ref('int_kpi_periods_settled') }} where grain = 'day'),
quantiles as (select * from {{ ref('int_kpi_quantiles_ranked') }}),
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
            settled.kpi_number = days.kpi_number
            and settled.kpi_version = days.kpi_version
            and settled.period_start = days.service_date
),

windowed as (
    select
        marked.*,
        sum(numerator) over last_7 as numerator_7d,
        sum(denominator) over last_7 as denominator_7d,
        sum(numerator) over before_7 as numerator_prev_7d,
        sum(denominator) over before_7 as denominator_prev_7d,
        max(numerator) over same_weekday as numerator_week_ago,
        max(denominator) over same_weekday as denominator_week_ago,
        max(case when is_settled then 0 else 1 end) over both_weeks as any_unsettled
    from marked
    window
        last_7 as (
            partition by series_id order by service_date
            range between interval '6' day preceding and current row
        ),
        before_7 as (
            partition by series_id order by service_date
            range between interval '13' day preceding and interval '7' day preceding
        ),
        same_weekday as (
            partition by series_id order by service_date
            range between interval '7' day preceding and interval '7' day preceding
        ),
        both_weeks as (
            partition by series_id order by service_date
            range between interval '13' day preceding and current row
        )
)

select
    windowed.series_id,
    windowed.kpi_version,
    windowed.kind,
    windowed.service_date,
    windowed.numerator,
    windowed.denominator,
    windowed.sample_size,
    windowed.pending_size,
    case when kind = 'distribution' then today.amount else numerator end as amount,
    case
        when kind = 'distribution' then case when service_date >= first_day + 6 then this_week.amount end
        when kind = 'stock' then numerator
        when service_date >= first_day + 6 then numerator_7d
    end as last_amount,
    case when kind = 'stock' then denominator else denominator_7d end as last_denominator,
    case
        when kind = 'distribution' then case when service_date >= first_day + 13 then week_before.amount end
        when kind = 'stock' then case when service_date >= first_day + 7 then coalesce(numerator_week_ago, 0) end
        when service_date >= first_day + 13 then coalesce(numerator_prev_7d, 0)
    end as earlier_amount,
    case when kind = 'stock' then denominator_week_ago else denominator_prev_7d end as earlier_denominator,
    windowed.is_settled,
    windowed.settles_on,
    windowed.any_unsettled = 1 as is_partial
from windowed
left join quantiles as today
    on today.grain = 'day' and today.series_id = windowed.series_id and today.period_start = windowed.service_date
left join quantiles as this_week
    on this_week.grain = '7 days' and this_week.series_id = windowed.series_id and this_week.period_start = windowed.service_date
left join quantiles as week_before
    on
        week_before.grain = '7 days'
        and week_before.series_id = windowed.series_id
        and week_before.period_start = windowed.service_date - 7
