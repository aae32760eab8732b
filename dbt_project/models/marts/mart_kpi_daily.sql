with

figures as (select * from {{ ref('int_kpi_changes_windowed') }}),
series as (select * from {{ ref('int_kpi_series_spanned') }}),
targets as (select * from {{ ref('int_kpi_targets_resolved') }}),

{{ kpi_valued('service_date', 'last_denominator', 'value_prev_7d', last_value='value_7d') }}

select
    service_date,
    scope,
    scope_id,
    channel_group,
    kpi,
    variant,
    {{ kpi_figure_columns(['value_7d', 'value_prev_7d']) }}
from valued
