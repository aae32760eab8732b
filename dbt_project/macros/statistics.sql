{# Pearson's correlation of two columns of a group, decimal(18,6), out of exact sums, so that the order of rows cannot matter:
   null below `fewest` pairs and where either has only one value. #}
{% macro pearson(x, y, fewest=30) -%}
    case
        when count(*) >= {{ fewest }} and min({{ x }}) < max({{ x }}) and min({{ y }}) < max({{ y }})
            then round({{ scaled_covariance(x, y) }} / sqrt({{ scaled_covariance(x, x) }} * {{ scaled_covariance(y, y) }}), 6)
    end
{%- endmacro %}

{# n squared times the covariance of two columns of a group. #}
{% macro scaled_covariance(x, y) -%}
    (
        count(*) * cast(sum(cast({{ x }} as decimal(19, 6)) * cast({{ y }} as decimal(19, 6))) as double)
        - cast(sum({{ x }}) as double) * cast(sum({{ y }}) as double)
    )
{%- endmacro %}

{# The standard deviation of a sample, decimal(18,6), out of exact sums; null below two values. #}
{% macro sample_deviation(x) -%}
    case
        when count(*) > 1
            then round(sqrt(greatest({{ scaled_covariance(x, x) }}, 0.0) / (cast(count(*) as double) * (count(*) - 1))), 6)
    end
{%- endmacro %}
