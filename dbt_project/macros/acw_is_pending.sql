{# ACW may still arrive: the source says pending and the window after the end of talk has not passed. #}
{% macro acw_is_pending() -%}
    (acw_state = 'pending' and {{ seconds_between('ended_at', 'as_of') }} <= {{ var('acw_window_seconds') }} is true)
{%- endmacro %}
