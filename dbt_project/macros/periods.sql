{# The day on which the week (Monday) or month of a date begins; a day is its own. #}
{% macro period_start(grain, day) -%}
    {%- if grain == 'day' -%} {{ day }} {%- else -%} cast(date_trunc('{{ grain }}', {{ day }}) as date) {%- endif -%}
{%- endmacro %}

{# The last day of the day, week (Sunday) or month that begins on a date. #}
{% macro period_end(grain, start) -%}
    {%- if grain == 'month' -%} last_day({{ start }})
    {%- elif grain == 'week' -%} {{ start }} + 6
    {%- else -%} {{ start }}
    {%- endif -%}
{%- endmacro %}

{# The ISO week of a Monday as text, 2026-W01: the year is that of the week's Thursday. #}
{% macro iso_week(monday) -%}
    cast(year({{ monday }} + 3) as varchar) || '-W' || lpad(cast(weekofyear({{ monday }}) as varchar), 2, '0')
{%- endmacro %}

{# The month of a date as text, 2026-01. #}
{% macro month_name(day) -%}
    cast(year({{ day }}) as varchar) || '-' || lpad(cast(month({{ day }}) as varchar), 2, '0')
{%- endmacro %}
