{# numerator / denominator rounded once, half away from zero, at 6 decimals (KPIS.md, Unit), as a double: exact in whole
   numbers, because a double such as 4.0064315 already lies below the half it stands for. Both are decimal(38,6), the
   denominator positive. #}
{% macro rounded_quotient(numerator, denominator) -%}
    {{ return(adapter.dispatch('rounded_quotient', 'deskmart')(numerator, denominator)) }}
{%- endmacro %}
{% macro duckdb__rounded_quotient(numerator, denominator) -%}
    cast(
        sign({{ numerator }}) * (
            (cast(abs({{ numerator }}) * 1000000 as hugeint) * 2000000 + cast({{ denominator }} * 1000000 as hugeint))
            // (2 * cast({{ denominator }} * 1000000 as hugeint))
        ) as double
    ) / 1000000
{%- endmacro %}
{% macro spark__rounded_quotient(numerator, denominator) -%}
    cast(
        round(
            cast({{ numerator }} as decimal(27, 6)) / cast({{ denominator }} as decimal(27, 6)), 6
        ) as double
    )
{%- endmacro %}

{# a / b - c / d rounded the same way; b and d positive. Falls back to doubles where whole numbers would not fit. #}
{% macro rounded_difference(a, b, c, d) -%}
    {{ return(adapter.dispatch('rounded_difference', 'deskmart')(a, b, c, d)) }}
{%- endmacro %}
{% macro duckdb__rounded_difference(a, b, c, d) -%}
    case
        when abs(cast({{ a }} as double) * {{ d }}) + abs(cast({{ c }} as double) * {{ b }}) < 1e19 and cast({{ b }} as double) * {{ d }} < 1e19
            then cast(
                sign(cast({{ a }} * 1000000 as hugeint) * cast({{ d }} * 1000000 as hugeint) - cast({{ c }} * 1000000 as hugeint) * cast({{ b }} * 1000000 as hugeint))
                * (
                    (
                        abs(
                            cast({{ a }} * 1000000 as hugeint) * cast({{ d }} * 1000000 as hugeint)
                            - cast({{ c }} * 1000000 as hugeint) * cast({{ b }} * 1000000 as hugeint)
                        ) * 2000000
                        + cast({{ b }} * 1000000 as hugeint) * cast({{ d }} * 1000000 as hugeint)
                    )
                    // (2 * cast({{ b }} * 1000000 as hugeint) * cast({{ d }} * 1000000 as hugeint))
                ) as double
            ) / 1000000
        else round(cast({{ a }} as double) / cast({{ b }} as double) - cast({{ c }} as double) / cast({{ d }} as double), 6)
    end
{%- endmacro %}
{% macro spark__rounded_difference(a, b, c, d) -%}
    cast(
        round(
            cast({{ a }} as decimal(27, 6)) / cast({{ b }} as decimal(27, 6))
            - cast({{ c }} as decimal(27, 6)) / cast({{ d }} as decimal(27, 6)), 6
        ) as double
    )
{%- endmacro %}
