{# A score on any scale as 1 to 5 (KPIS.md, Satisfaction): floor((8(s' - min) + 3(max - min)) / (2(max - min))), s' = min + max - s if reversed. #}
{% macro mapped_score(score, low, high, is_reversed) -%}
    case
        when {{ score }} between {{ low }} and {{ high }} and {{ high }} > {{ low }}
            then cast(
                floor(
                    (
                        8 * (
                            case when coalesce({{ is_reversed }}, false) then {{ high }} - {{ score }} else {{ score }} - {{ low }} end
                        ) + 3 * ({{ high }} - {{ low }})
                    ) / (2 * ({{ high }} - {{ low }}))
                ) as int
            )
    end
{%- endmacro %}
