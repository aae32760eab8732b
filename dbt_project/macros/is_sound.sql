{# One scan per model instead of one per column: its key is unique and never null, other columns are never null. #}
{% test is_sound(model, key=[], not_null=[]) -%}
    select *
    from (
        select
            {%- for column in key + not_null %}
            count(case when {{ column }} is null then 1 end) as null_{{ column }},
            {%- endfor %}
            {%- if key %}
            count(*) - (select count(*) from (select distinct {{ key | join(', ') }} from {{ model }}) as keys) as copies
            {%- else %}
            0 as copies
            {%- endif %}
        from {{ model }}
    ) as found
    where copies > 0{% for column in key + not_null %} or null_{{ column }} > 0{% endfor %}
{%- endtest %}
