{# The rank of a tier: that of the seed `tiers`, else the first digits of its name (2 of 'L2'), null where there are none. #}
{% macro tier_rank(tier) -%}
    {%- set query %} select lower(tier) as tier, rank from {{ ref('tiers') }} order by tier {% endset -%}
    case
        when {{ tier }} is null then null
    {%- if execute %}
        {%- for found in run_query(query).rows %}
        {%- set row = found.dict() %}
        when lower({{ tier }}) = '{{ row.tier | replace("'", "''") }}' then {{ row.rank }}
        {%- endfor %}
    {%- endif %}
        else try_cast(nullif(regexp_extract({{ tier }}, '([0-9]+)', 1), '') as int)
    end
{%- endmacro %}
