{#- One row per KPI, variant, day, scope, member and channel group that has any part, single groups and 'all'. -#}
{%- set members = {
    'company': "'company'", 'channel': 'channel', 'queue': 'queue_id', 'team': 'team_id', 'agent': 'agent_id'
} %}
with

parts as (select * from {{ ref('int_kpi_parts_summed') }}),
catalogue as (
    select distinct kpi, variant, scopes, has_all from {{ ref('kpi_catalog') }}
),

by_scope as (
    {%- for scope, member in members.items() %}
    select
        parts.kpi,
        parts.variant,
        parts.kpi_version,
        parts.service_date,
        '{{ scope }}' as scope,
        coalesce({{ member }}, '(none)') as scope_id,
        parts.channel_group,
        catalogue.has_all,
        {{ exact_sum('parts.numerator') }} as numerator,
        {{ exact_sum('parts.denominator') }} as denominator,
        cast(sum(parts.sample_size) as bigint) as sample_size,
        cast(sum(parts.pending_size) as bigint) as pending_size
    from parts
    inner join catalogue on catalogue.kpi = parts.kpi and catalogue.variant = parts.variant
    where '|' || catalogue.scopes || '|' like '%|{{ scope }}|%'
    group by all
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    kpi, variant, kpi_version, service_date, scope, scope_id, channel_group, numerator, denominator, sample_size, pending_size
from by_scope
where channel_group is not null
union all
select
    kpi,
    variant,
    kpi_version,
    service_date,
    scope,
    scope_id,
    'all' as channel_group,
    {{ exact_sum('numerator') }} as numerator,
    {{ exact_sum('denominator') }} as denominator,
    cast(sum(sample_size) as bigint) as sample_size,
    cast(sum(pending_size) as bigint) as pending_size
from by_scope
where has_all
group by all
