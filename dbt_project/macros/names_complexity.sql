{# Whether a list of labels, parted by spaces, commas or bars, holds one that complexity_rules names and that is in force on a date; false for none. #}
{% macro names_complexity(labels, on_date) -%}
    {%- set query %}
        select label, cast(effective_from as varchar) as effective_from from {{ ref('complexity_rules') }} order by label, effective_from
    {% endset -%}
    coalesce(
        case
        {%- if execute %}
            {%- for found in run_query(query).rows %}
            {%- set row = found.dict() %}
            when
                {{ on_date }} >= date '{{ row.effective_from }}'
                and ' ' || replace(replace(lower({{ labels }}), ',', ' '), '|', ' ') || ' '
                like '% {{ row.label | lower | replace("'", "''") }} %'
                then true
            {%- endfor %}
        {%- endif %}
            when false then true
        end,
        false
    )
{%- endmacro %}
