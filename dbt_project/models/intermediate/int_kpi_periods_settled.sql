{#- One row per KPI, variant, version and published period: when it settles, and whether every source that feeds it is past that. -#}
with

versions as (select * from {{ ref('int_kpi_versions_named') }}),
periods as (select * from {{ ref('int_periods_published') }}),
feeds as (select * from {{ source('inputs', 'build_feeds') }}),
info as (select * from {{ source('inputs', 'build_info') }}),

fed as (
    select
        versions.kpi_number,
        versions.kpi_version,
        versions.window_seconds,
        min(case when feeds.has_cadence then feeds.as_of end) as slowest_as_of,
        max(feeds.as_of) as any_as_of
    from versions
    left join feeds on '|' || versions.streams || '|' like '%|' || feeds.stream || '|%'
    group by all
)

select
    fed.kpi_number,
    fed.kpi_version,
    periods.grain,
    periods.period_start,
    {{ local_date(plus_seconds('periods.ends_at', 'fed.window_seconds')) }} as settles_on,
    (
        coalesce(fed.slowest_as_of, fed.any_as_of, info.as_of) >= {{ plus_seconds('periods.ends_at', 'fed.window_seconds') }}
    ) is true as is_past
from fed
cross join periods
cross join info
