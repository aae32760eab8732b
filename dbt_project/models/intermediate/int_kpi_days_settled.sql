{#- One row per KPI, variant and published day: when it settles, and whether every source that feeds it is past that moment. -#}
with

catalogue as (select * from {{ ref('kpi_catalog') }}),
days as (select * from {{ ref('int_days_published') }}),
feeds as (select * from {{ source('inputs', 'build_feeds') }}),
info as (select * from {{ source('inputs', 'build_info') }}),

fed as (
    select
        catalogue.kpi,
        catalogue.variant,
        catalogue.version as kpi_version,
        catalogue.window_seconds,
        min(case when feeds.has_cadence then feeds.as_of end) as slowest_as_of,
        max(feeds.as_of) as any_as_of
    from catalogue
    left join feeds on '|' || catalogue.streams || '|' like '%|' || feeds.stream || '|%'
    group by all
)

select
    fed.kpi,
    fed.variant,
    fed.kpi_version,
    days.service_date,
    {{ local_date(plus_seconds('days.midnight_at', 'fed.window_seconds')) }} as settles_on,
    (coalesce(fed.slowest_as_of, fed.any_as_of, info.as_of) >= {{ plus_seconds('days.midnight_at', 'fed.window_seconds') }}) is true as is_past
from fed
cross join days
cross join info
