{#- One row per KPI, variant and version of the catalogue, numbered; a variant that the facts tell ({currency}) is one row per value. -#}
with

catalogue as (select * from {{ ref('kpi_catalog') }}),
spans as ({{ kpi_version_spans() }}),
told as (
    select distinct parts.kpi, parts.variant
    from {{ ref('int_kpi_parts_summed') }} as parts
    left join catalogue on catalogue.kpi = parts.kpi and catalogue.variant = parts.variant
    where catalogue.kpi is null and parts.adjusted_by is null
),

named as (
    select kpi, variant, version, variant as variant_name
    from catalogue
    where left(variant, 1) <> '{'
    union all
    select catalogue.kpi, catalogue.variant, catalogue.version, told.variant as variant_name
    from catalogue
    inner join told on told.kpi = catalogue.kpi
    where left(catalogue.variant, 1) = '{'
)

select
    cast(dense_rank() over (order by named.kpi, named.variant_name) as bigint) as kpi_number,
    named.kpi,
    named.variant_name as variant,
    named.version as kpi_version,
    catalogue.kind,
    catalogue.direction,
    catalogue.scopes,
    catalogue.channel_groups,
    catalogue.has_all,
    catalogue.window_seconds,
    catalogue.streams,
    catalogue.kind in ('ratio', 'stock') and catalogue.denominator_column is not null as has_denominator,
    spans.effective_from,
    spans.next_from
from named
inner join catalogue
    on catalogue.kpi = named.kpi and catalogue.variant = named.variant and catalogue.version = named.version
inner join spans
    on spans.kpi = named.kpi and spans.variant = named.variant and spans.version = named.version
