{# The rows of a canonical stream over all sources; columns by name, so that no staging model can shift them. #}
{% macro canonical(stream) -%}
    {%- for source_name in var('canonical_sources')[stream] %}
    select
        {%- for column in canonical_columns(stream) %}
        {{ column }},
        {%- endfor %}
        {%- if stream == 'contact_legs' %}
        {{ 'is_suspect' if source_name == 'asterisk' else 'false as is_suspect' }},
        {%- endif %}
        {%- if stream != 'agent_logins' %}
        '{{ source_name }}' as source_system,
        {%- endif %}
        _batch,
        _attempt,
        _page,
        _position
    from {{ ref('stg_' ~ source_name ~ '__' ~ stream) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
