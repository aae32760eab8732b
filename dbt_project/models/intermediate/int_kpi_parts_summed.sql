{#- One row per KPI, variant, day, channel, queue, team and agent with the additive parts; generated from the catalogue. -#}
{%- set facts = kpi_facts() -%}
{%- set rows = kpi_catalogue_rows() %}
with

parts as (
    {%- for row in rows %}
    {%- set later = rows | selectattr('kpi', 'equalto', row.kpi) | selectattr('variant', 'equalto', row.variant)
        | selectattr('version', 'gt', row.version) | list %}
    {{ kpi_parts_of(row, later[0].effective_from if later else none, facts) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- else %}
    select
        '' as kpi, '' as variant, 0 as kpi_version, cast(null as date) as service_date, '' as channel_group, '' as channel,
        '' as queue_id, '' as team_id, '' as agent_id, cast(0 as decimal(38, 6)) as numerator,
        cast(0 as decimal(38, 6)) as denominator, cast(0 as bigint) as sample_size, cast(0 as bigint) as pending_size
    {%- endfor %}
)

select parts.*
from parts
cross join {{ source('inputs', 'build_info') }} as info
where
    parts.service_date >= info.first_day
    and parts.service_date <= info.last_day
    and (parts.numerator <> 0 or coalesce(parts.denominator, 0) <> 0 or parts.sample_size <> 0 or parts.pending_size <> 0)
