{# How far a value lies outside its range target. #}
{% macro range_distance(value) -%}
    round(greatest(coalesce(range_low - {{ value }}, 0), coalesce({{ value }} - range_high, 0), 0), 6)
{%- endmacro %}

{# better, worse or flat by the KPI's direction; null where there is nothing to compare or no direction. #}
{% macro kpi_verdict(now, before) -%}
    case
        when change_abs is null then null
        when direction = 'range' and (range_low is not null or range_high is not null)
            then case
                when {{ range_distance(now) }} < {{ range_distance(before) }} then 'better'
                when {{ range_distance(now) }} > {{ range_distance(before) }} then 'worse'
                else 'flat'
            end
        when direction not in ('up', 'down') then null
        when change_abs = 0 then 'flat'
        when (direction = 'up') = (change_abs > 0) then 'better'
        else 'worse'
    end
{%- endmacro %}

{# excellent, pass, below or none, by the target in force. #}
{% macro kpi_band() -%}
    case
        when quotient is null then 'none'
        when direction = 'range' and (range_low is not null or range_high is not null)
            then case when quotient < range_low or quotient > range_high then 'below' else 'pass' end
        when pass_value is null then 'none'
        when direction = 'up'
            then case
                when quotient >= excellent_value then 'excellent'
                when quotient >= pass_value then 'pass'
                else 'below'
            end
        when direction = 'down'
            then case
                when quotient <= excellent_value then 'excellent'
                when quotient <= pass_value then 'pass'
                else 'below'
            end
        else 'none'
    end
{%- endmacro %}

{# The ends of the target as the marts show them. #}
{% macro kpi_target_low() -%}
    cast(case when direction = 'up' then pass_value when direction = 'down' then excellent_value else range_low end as double)
{%- endmacro %}
{% macro kpi_target_high() -%}
    cast(case when direction = 'up' then excellent_value when direction = 'down' then pass_value else range_high end as double)
{%- endmacro %}

{# What a value is divided by: 1 where the KPI has no denominator, null where that is 0. #}
{% macro kpi_divisor(denominator) -%}
    case when not series.has_denominator then cast(1 as decimal(38, 6)) when {{ denominator }} > 0 then {{ denominator }} end
{%- endmacro %}
