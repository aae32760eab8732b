{# A whole number of millionths as hugeint: amounts are decimal(38,6), so nothing is lost. #}
{% macro millionths(amount) -%} cast({{ amount }} * 1000000 as hugeint) {%- endmacro %}

{# above / below, two whole numbers, rounded once, half away from zero, at 6 decimals (KPIS.md, Unit), as a double. Exact, because a
   double such as 4.0064315 already lies below the half it stands for. #}
{% macro rounded_whole_quotient(above, below) -%}
    cast(sign({{ above }}) * ((abs({{ above }}) * 2000000 + {{ below }}) // (2 * {{ below }})) as double) / 1000000
{%- endmacro %}

{# A double rounded to 6 decimals where it is nowhere near a tie, so that its own error cannot matter; else `exactly`, which is slow. #}
{% macro rounded_unless_tied(approximately, exactly) -%}
    case
        when ({{ approximately }}) is null then null
        when
            abs({{ approximately }}) < 100000
            and abs(abs({{ approximately }}) * 1000000 - floor(abs({{ approximately }}) * 1000000) - 0.5) > 0.001
            then round(({{ approximately }}) * 1000000) / 1000000 + 0.0
        else {{ exactly }}
    end
{%- endmacro %}

{# numerator / denominator so rounded, the denominator positive; `quotient` is the same as a double. #}
{% macro rounded_quotient(numerator, denominator, quotient) -%}
    {{ return(adapter.dispatch('rounded_quotient', 'deskmart')(numerator, denominator, quotient)) }}
{%- endmacro %}
{% macro duckdb__rounded_quotient(numerator, denominator, quotient) -%}
    {{ rounded_unless_tied(quotient, rounded_whole_quotient(millionths(numerator), millionths(denominator))) }}
{%- endmacro %}
{% macro spark__rounded_quotient(numerator, denominator, quotient) -%}
    cast(round(cast({{ numerator }} as decimal(27, 6)) / cast({{ denominator }} as decimal(27, 6)), 6) as double)
{%- endmacro %}

{# a / b - c / d so rounded, b and d positive; x and y are the two quotients as doubles, which count where the whole numbers
   would not fit. #}
{% macro rounded_difference(a, b, c, d, x, y) -%}
    {{ return(adapter.dispatch('rounded_difference', 'deskmart')(a, b, c, d, x, y)) }}
{%- endmacro %}
{% macro duckdb__rounded_difference(a, b, c, d, x, y) -%}
    case
        when abs({{ x }}) < 100000 and abs({{ y }}) < 100000
            then {{ rounded_unless_tied(x ~ ' - ' ~ y, exact_difference(a, b, c, d, x, y)) }}
        else {{ exact_difference(a, b, c, d, x, y) }}
    end
{%- endmacro %}
{% macro exact_difference(a, b, c, d, x, y) -%}
    case
        when {{ products_fit(a, b, c, d) }}
            then {{ rounded_whole_quotient(cross_difference(a, b, c, d), '(' ~ millionths(b) ~ ' * ' ~ millionths(d) ~ ')') }}
        else round({{ x }} - {{ y }}, 6)
    end
{%- endmacro %}
{% macro spark__rounded_difference(a, b, c, d, x, y) -%}
    cast(
        round(
            cast({{ a }} as decimal(27, 6)) / cast({{ b }} as decimal(27, 6))
            - cast({{ c }} as decimal(27, 6)) / cast({{ d }} as decimal(27, 6)), 6
        ) as double
    )
{%- endmacro %}

{# (a / b - c / d) / |c / d| so rounded; null when c is 0. #}
{% macro rounded_relative_change(a, b, c, d, x, y) -%}
    {{ return(adapter.dispatch('rounded_relative_change', 'deskmart')(a, b, c, d, x, y)) }}
{%- endmacro %}
{% macro duckdb__rounded_relative_change(a, b, c, d, x, y) -%}
    case
        when {{ y }} <> 0
            then {{ rounded_unless_tied('(' ~ x ~ ' - ' ~ y ~ ') / abs(' ~ y ~ ')', exact_relative_change(a, b, c, d, x, y)) }}
    end
{%- endmacro %}
{% macro exact_relative_change(a, b, c, d, x, y) -%}
    case
        when {{ products_fit(a, b, c, d) }}
            then {{ rounded_whole_quotient(cross_difference(a, b, c, d), '(abs(' ~ millionths(c) ~ ') * ' ~ millionths(b) ~ ')') }}
        else round(({{ x }} - {{ y }}) / abs({{ y }}), 6)
    end
{%- endmacro %}
{% macro spark__rounded_relative_change(a, b, c, d, x, y) -%}
    case
        when {{ c }} <> 0 then round(({{ x }} - {{ y }}) / abs({{ y }}), 6)
    end
{%- endmacro %}

{% macro cross_difference(a, b, c, d) -%}
    ({{ millionths(a) }} * {{ millionths(d) }} - {{ millionths(c) }} * {{ millionths(b) }})
{%- endmacro %}
{% macro products_fit(a, b, c, d) -%}
    greatest(abs(cast({{ a }} as double)), abs(cast({{ c }} as double)), cast({{ b }} as double), 1)
    * greatest(cast({{ b }} as double), cast({{ d }} as double), abs(cast({{ c }} as double)), 1) < 1e18
{%- endmacro %}
