{# The rank of a tier: the first digits of its name (2 of 'L2'), null where there are none. #}
{% macro tier_rank(tier) -%}
    try_cast(nullif(regexp_extract({{ tier }}, '([0-9]+)', 1), '') as int)
{%- endmacro %}
