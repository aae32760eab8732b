{#- One row per row of the weekly and monthly marts with its amounts and those of the period before, where that is published whole. -#}
with

filled as (select * from {{ ref('int_kpi_periods_filled') }}),
periods as (select * from {{ ref('int_periods_published') }}),
settled as (select * from {{ ref('int_kpi_periods_settled') }}),
quantiles as (select * from {{ ref('int_kpi_quantiles_ranked') }}),

marked as (
    select
        filled.*,
        case when filled.kind = 'distribution' then quantiles.amount else filled.numerator end as amount,
        case
            when filled.grain = 'week' then filled.period_start - 7
            else {{ period_start('month', 'filled.period_start - 1') }}
        end as previous_start,
        settled.settles_on,
        filled.pending_size = 0 and settled.is_past as is_settled
    from filled
    inner join settled
        on
            settled.kpi_number = filled.kpi_number
            and settled.kpi_version = filled.kpi_version
            and settled.grain = filled.grain
            and settled.period_start = filled.period_start
    left join quantiles
        on
            quantiles.series_id = filled.series_id
            and quantiles.grain = filled.grain
            and quantiles.period_start = filled.period_start
)

select
    marked.*,
    case when marked.is_whole then marked.amount end as last_amount,
    case
        when previous_period.is_whole is not true then null
        when marked.kind = 'distribution' then previous.amount
        else coalesce(previous.numerator, 0)
    end as earlier_amount,
    previous.denominator as earlier_denominator,
    not marked.is_settled or not marked.is_whole
    or (previous_period.grain is not null and (not previous_period.is_whole or coalesce(not previous.is_settled, false))) as is_partial
from marked
left join periods as previous_period
    on previous_period.grain = marked.grain and previous_period.period_start = marked.previous_start
left join marked as previous
    on
        previous.series_id = marked.series_id
        and previous.grain = marked.grain
        and previous.period_start = marked.previous_start
