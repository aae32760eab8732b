{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name if custom_schema_name else target.schema }}
{%- endmacro %}

{# DuckDB keeps the steps between in memory while a build runs: nobody reads them afterwards, and writing them would cost as much as all
   that is kept. In the candidate are core, marts, and of the steps what others read: the canonical unions (the records that every figure
   comes from), the sums behind the KPIs (audit), persons (erasure). `DESKMART_STEPS` names a file for the rest, for whoever wants to look. #}
{% macro generate_database_name(custom_database_name=none, node=none) -%}
    {%- set is_step = node is not none and node.resource_type == 'model' and node.fqn[1] in ('staging', 'intermediate') -%}
    {%- if target.type == 'duckdb' and is_step and not (node.name.endswith('_unioned') or node.name in ('int_kpi_parts_summed', 'int_persons_resolved')) -%}
        steps
    {%- else -%}
        {{ custom_database_name if custom_database_name else target.database }}
    {%- endif -%}
{%- endmacro %}
