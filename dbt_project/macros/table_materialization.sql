{# A table made in place. A build's candidate is read by nobody until it is whole and begins empty, so the usual dance (make beside,
   rename, drop the old) would cost three statements a model for nothing. Contracts hold as ever. #}
{% materialization table, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- if existing is not none -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        {{ create_table_as(False, target, compiled_code, 'sql') }}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {%- do persist_docs(target, model) -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
