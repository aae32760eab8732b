{#- One row per closed month and KPI that was touched by a batch which came after the closing: these batches. -#}
with

closings as (select distinct month, closed_at, kpi from {{ source('inputs', 'closed_kpis') }}),
catalogue as (select distinct kpi, streams from {{ ref('kpi_catalog') }}),
feeds as (select distinct stream from {{ source('inputs', 'build_feeds') }}),
batches as (select * from {{ source('inputs', 'build_inputs') }}),

fed as (
    select catalogue.kpi, feeds.stream
    from catalogue
    inner join feeds on '|' || catalogue.streams || '|' like '%|' || feeds.stream || '|%'
),

brought as (
    select feeds.stream, batches.landed_at, batches.source || '/' || batches.stream || '/' || batches.batch as batch
    from batches
    inner join feeds on '|' || batches.feeds || '|' like '%|' || feeds.stream || '|%'
)

select
    closings.month,
    closings.kpi,
    {{ listed('brought.batch') }} as batches
from closings
inner join fed on fed.kpi = closings.kpi
inner join brought on brought.stream = fed.stream and brought.landed_at >= closings.closed_at
group by closings.month, closings.kpi
