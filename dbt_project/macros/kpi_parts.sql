{# The facts a KPI of the catalogue may stand on; dbt needs their names before the catalogue can be read. #}
{% macro kpi_facts() -%}
    {{ return({
        'fct_contact_legs': ref('fct_contact_legs'),
        'fct_contacts': ref('fct_contacts'),
        'fct_turns': ref('fct_turns'),
        'fct_issues': ref('fct_issues'),
        'fct_solves': ref('fct_solves'),
        'fct_surveys': ref('fct_surveys'),
        'fct_backlog': ref('fct_backlog')
    }) }}
{%- endmacro %}

{# A catalogue column as something to sum: flags (is_*, has_*) count as 1. #}
{% macro kpi_amount(column) -%}
    {%- if column.startswith('is_') or column.startswith('has_') -%}
        case when {{ column }} then 1 else 0 end
    {%- else -%}
        coalesce({{ column }}, 0)
    {%- endif -%}
{%- endmacro %}

{# The additive parts of one catalogue row at day x channel x queue x team x agent. #}
{% macro kpi_parts_of(row, next_from, facts) -%}
    {%- set counted = row.denominator_column or row.numerator_column %}
    select
        '{{ row.kpi }}' as kpi,
        '{{ row.variant }}' as variant,
        {{ row.version }} as kpi_version,
        {{ row.date_column }} as service_date,
        {{ row.channel_group_column }} as channel_group,
        {{ row.channel_column }} as channel,
        {{ row.queue_column or 'cast(null as varchar)' }} as queue_id,
        {{ row.team_column or 'cast(null as varchar)' }} as team_id,
        {{ row.agent_column or 'cast(null as varchar)' }} as agent_id,
        {%- if row.denominator_column %}
        {{ exact_sum('case when ' ~ row.denominator_column ~ ' then ' ~ kpi_amount(row.numerator_column) ~ ' else 0 end') }} as numerator,
        {{ exact_sum(kpi_amount(row.denominator_column)) }} as denominator,
        {%- else %}
        {{ exact_sum(kpi_amount(row.numerator_column)) }} as numerator,
        cast(null as decimal(38, 6)) as denominator,
        {%- endif %}
        cast(sum({{ kpi_amount(counted) }}) as bigint) as sample_size,
        cast({{ 'sum(' ~ kpi_amount(row.pending_column) ~ ')' if row.pending_column else '0' }} as bigint) as pending_size
    from {{ facts[row.fact] }}
    where
        {{ row.date_column }} >= date '{{ row.effective_from }}'
        {%- if next_from %}
        and {{ row.date_column }} < date '{{ next_from }}'
        {%- endif %}
        and (
            {{ row.channel_group_column }} in ('{{ row.channel_groups.split("|") | join("', '") }}')
            or {{ row.channel_group_column }} is null
        )
    group by all
{%- endmacro %}

{# The rows of the catalogue as dictionaries, read from the seed. #}
{% macro kpi_catalogue_rows() -%}
    {%- set query %}
        select
            kpi, variant, version, cast(effective_from as varchar) as effective_from, fact, date_column, numerator_column,
            denominator_column, pending_column, channel_group_column, channel_column, queue_column, team_column, agent_column,
            channel_groups
        from {{ ref('kpi_catalog') }}
        order by kpi, variant, version
    {% endset -%}
    {%- set rows = [] -%}
    {%- if execute -%}
        {%- for row in run_query(query).rows -%}
            {%- do rows.append(row.dict()) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(rows) }}
{%- endmacro %}
