{#- One row per KPI, variant, day, scope, member and channel group that has any part, single groups and 'all'. -#}
{%- set members = {
    'company': "'company'", 'channel': 'channel', 'queue': 'queue_id', 'team': 'team_id', 'agent': 'agent_id'
} %}
with

parts as (select * from {{ ref('int_kpi_parts_summed') }} where adjusted_by is null),
versions as (select * from {{ ref('int_kpi_versions_named') }}),

numbered as (
    select parts.*, versions.kpi_number, coalesce(parts.counted_scopes, versions.scopes) as scopes, versions.has_all
    from parts
    inner join versions
        on
            versions.kpi = parts.kpi
            and versions.variant = parts.variant
            and versions.kpi_version = parts.kpi_version
),

by_scope as (
    {%- for scope, member in members.items() %}
    select
        kpi_number,
        service_date,
        '{{ scope }}' as scope,
        coalesce({{ member }}, '(none)') as scope_id,
        channel_group,
        has_all,
        {{ exact_sum('numerator') }} as numerator,
        {{ exact_sum('denominator') }} as denominator,
        cast(sum(sample_size) as bigint) as sample_size,
        cast(sum(pending_size) as bigint) as pending_size
    from numbered
    where '|' || scopes || '|' like '%|{{ scope }}|%'
    group by all
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select kpi_number, service_date, scope, scope_id, channel_group, numerator, denominator, sample_size, pending_size
from by_scope
where channel_group is not null
union all
select
    kpi_number,
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
