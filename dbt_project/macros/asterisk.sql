{# Whether the reason of a pause (lower case) says wrap-up; false for none. #}
{% macro is_wrapup_reason(reason) -%}
    coalesce({{ matches(reason, '^(wrap[ _-]?up|acw|after[ _-]?call|话后|整理|小结)') }}, false)
{%- endmacro %}
