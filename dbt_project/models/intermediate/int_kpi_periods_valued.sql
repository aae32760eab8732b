{#- One row of the weekly or monthly mart. -#}
with

figures as (select * from {{ ref('int_kpi_periods_compared') }}),
series as (select * from {{ ref('int_kpi_series_spanned') }}),
targets as (select * from {{ ref('int_kpi_targets_resolved') }}),

{{ kpi_valued('period_end', 'denominator', 'value_prev') }}

select
    grain,
    period_start,
    cast(period_end as date) as period_end,
    scope,
    scope_id,
    channel_group,
    kpi,
    variant,
    {{ kpi_figure_columns(['value', 'value_prev']) }}
from valued
