{#- One row per published day and KPI: what the gate kept out of the batches that the KPI is made of on that day. -#}
with

catalogue as (select distinct kpi, streams from {{ ref('kpi_catalog') }}),
attempts as (select * from {{ source('inputs', 'build_attempts') }} where is_current),
info as (select * from {{ source('inputs', 'build_info') }}),
canonical_streams as (select distinct stream from {{ source('inputs', 'build_feeds') }}),

attempt_days as (
    select
        attempts.*,
        cast(
            {{ each_day(
                'greatest(coalesce(attempts.first_day, info.first_day), info.first_day)',
                'least(coalesce(attempts.last_day, info.last_day), info.last_day)'
            ) }} as date
        ) as service_date
    from attempts
    cross join info
    where
        coalesce(attempts.first_day, info.first_day) <= info.last_day
        and coalesce(attempts.last_day, info.last_day) >= info.first_day
),

fed_days as (
    select
        feeds,
        service_date,
        cast(count(*) as bigint) as batches,
        cast(count_if(status = 'stopped') as bigint) as stopped_batches,
        cast(sum(accepted) as bigint) as accepted_records,
        cast(sum(quarantined) as bigint) as quarantined_records,
        cast(sum(held_back) as bigint) as held_back_records,
        cast(sum(waived) as bigint) as waived_records
    from attempt_days
    group by feeds, service_date
),

kpi_feeds as (
    select distinct catalogue.kpi, fed.feeds
    from (select distinct feeds from attempts) as fed
    inner join canonical_streams on '|' || fed.feeds || '|' like '%|' || canonical_streams.stream || '|%'
    inner join catalogue on '|' || catalogue.streams || '|' like '%|' || canonical_streams.stream || '|%'
)

select
    fed_days.service_date,
    kpi_feeds.kpi,
    {%- for column in ['batches', 'stopped_batches', 'accepted_records', 'quarantined_records', 'held_back_records', 'waived_records'] %}
    cast(sum(fed_days.{{ column }}) as bigint) as {{ column }},
    {%- endfor %}
    {{ rate(
        'sum(fed_days.quarantined_records + fed_days.held_back_records)',
        'sum(fed_days.accepted_records + fed_days.quarantined_records + fed_days.held_back_records)'
    ) }} as quarantined_share

from fed_days
inner join kpi_feeds on kpi_feeds.feeds = fed_days.feeds
group by fed_days.service_date, kpi_feeds.kpi
