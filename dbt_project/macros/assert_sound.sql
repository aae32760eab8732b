{# After each model that names its key (`meta.key`, and `meta.not_null` for more columns): the key is unique and never null, or the
   build stops there and says so. One statement in the model's own run; a dbt test of its own takes ten times as long. #}
{% macro assert_sound() -%}
    {%- set key = model.config.meta.get('key', []) -%}
    {%- set filled = key + model.config.meta.get('not_null', []) -%}
    {%- if filled and model.config.materialized != 'ephemeral' %}
    select
        case
            {%- for column in filled %}
            when null_{{ column }} > 0
                then {{ stop_with("'" ~ model.name ~ ": ' || cast(null_" ~ column ~ " as varchar) || ' rows without " ~ column ~ "'") }}
            {%- endfor %}
            {%- if key %}
            when copies > 0
                then {{ stop_with("'" ~ model.name ~ ": ' || cast(copies as varchar) || ' rows too many for the key " ~ key | join(', ') ~ "'") }}
            {%- endif %}
        end as fault
    from (
        select
            {%- for column in filled %}
            count(case when {{ column }} is null then 1 end) as null_{{ column }},
            {%- endfor %}
            {%- if key %}
            count(*) - (select count(*) from (select distinct {{ key | join(', ') }} from {{ this }}) as keys) as copies,
            {%- endif %}
            count(*) as all_rows
        from {{ this }}
    ) as found
    {%- endif %}
{%- endmacro %}

{# An expression that ends the statement with a message. #}
{% macro stop_with(message) %}{{ return(adapter.dispatch('stop_with', 'deskmart')(message)) }}{% endmacro %}
{% macro duckdb__stop_with(message) -%} error({{ message }}) {%- endmacro %}
{% macro spark__stop_with(message) -%} raise_error({{ message }}) {%- endmacro %}
