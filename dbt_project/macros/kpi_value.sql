{# The value of a KPI: the numerator of a count or stock, else numerator / denominator, null when that is 0. #}
{% macro kpi_value(numerator, denominator) -%}
    case
        when kind in ('count', 'stock') then cast({{ numerator }} as double)
        when {{ denominator }} > 0 then cast({{ numerator }} as double) / cast({{ denominator }} as double)
    end
{%- endmacro %}

{# How far a value lies outside its range target. #}
{% macro range_distance(value) -%}
    greatest(coalesce(range_low - {{ value }}, 0), coalesce({{ value }} - range_high, 0), 0)
{%- endmacro %}

{# better, worse or flat by the KPI's direction; null where there is nothing to compare or no direction. #}
{% macro kpi_verdict() -%}
    case
        when exact_change is null then null
        when direction = 'range' and (range_low is not null or range_high is not null)
            then case
                when {{ range_distance('exact_7d') }} < {{ range_distance('exact_prev_7d') }} then 'better'
                when {{ range_distance('exact_7d') }} > {{ range_distance('exact_prev_7d') }} then 'worse'
                else 'flat'
            end
        when direction not in ('up', 'down') then null
        when round(exact_change, 6) = 0 then 'flat'
        when (direction = 'up') = (exact_change > 0) then 'better'
        else 'worse'
    end
{%- endmacro %}

{# excellent, pass, below or none, by the target in force. #}
{% macro kpi_band() -%}
    case
        when exact_value is null then 'none'
        when direction = 'range' and (range_low is not null or range_high is not null)
            then case when {{ range_distance('exact_value') }} = 0 then 'pass' else 'below' end
        when pass_value is null then 'none'
        when direction = 'up'
            then case
                when exact_value >= excellent_value then 'excellent'
                when exact_value >= pass_value then 'pass'
                else 'below'
            end
        when direction = 'down'
            then case
                when exact_value <= excellent_value then 'excellent'
                when exact_value <= pass_value then 'pass'
                else 'below'
            end
        else 'none'
    end
{%- endmacro %}
