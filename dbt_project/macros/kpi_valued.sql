{# From amounts to figures, the same for days, weeks and months: the CTEs `parts`, `quotients` and `valued` over a relation `figures` with
   amount, denominator, last_amount, earlier_amount and earlier_denominator per series, and the CTEs series and targets. `ends_on` is the
   day whose target counts, `last_denominator` what last_amount is divided by; `last_value` and `earlier_value` name the two
   values that the change is between (no last_value: it is the value itself). #}
{% macro kpi_valued(ends_on, last_denominator, earlier_value, last_value=none) -%}
parts as (
    select
        figures.*,
        series.kpi,
        series.variant,
        series.scope,
        series.scope_id,
        series.channel_group,
        series.direction,
        targets.target_low as range_low,
        targets.target_high as range_high,
        targets.pass_value,
        targets.excellent_value,
        {{ kpi_divisor('figures.denominator') }} as divisor,
        {{ kpi_divisor('figures.' ~ last_denominator) }} as last_divisor,
        {{ kpi_divisor('figures.earlier_denominator') }} as earlier_divisor
    from figures
    inner join series on series.series_id = figures.series_id and series.kpi_version = figures.kpi_version
    left join targets
        on
            targets.series_id = figures.series_id
            and targets.effective_from <= figures.{{ ends_on }}
            and targets.next_from > figures.{{ ends_on }}
),

quotients as (
    select
        parts.*,
        cast(amount as double) / cast(divisor as double) as quotient,
        cast(last_amount as double) / cast(last_divisor as double) as last_quotient,
        cast(earlier_amount as double) / cast(earlier_divisor as double) as earlier_quotient
    from parts
),

valued as (
    select
        quotients.*,
        {{ rounded_quotient('amount', 'divisor', 'quotient') }} as value,
        {%- if last_value %}
        {{ rounded_quotient('last_amount', 'last_divisor', 'last_quotient') }} as {{ last_value }},
        {%- endif %}
        {{ rounded_quotient('earlier_amount', 'earlier_divisor', 'earlier_quotient') }} as {{ earlier_value }},
        {{ rounded_difference(
            'last_amount', 'last_divisor', 'earlier_amount', 'earlier_divisor', 'last_quotient', 'earlier_quotient'
        ) }} as change_abs,
        {{ rounded_relative_change(
            'last_amount', 'last_divisor', 'earlier_amount', 'earlier_divisor', 'last_quotient', 'earlier_quotient'
        ) }} as change_rel
    from quotients
)
{%- endmacro %}

{# The columns of a figure that follow its key, over `valued`. #}
{% macro kpi_figure_columns(values) -%}
    cast(kpi_version as int) as kpi_version,
    cast(case when kind <> 'distribution' then numerator end as decimal(38, 6)) as numerator,
    cast(denominator as decimal(38, 6)) as denominator,
    value,
    cast(sample_size as bigint) as sample_size,
    cast(pending_size as bigint) as pending_size,
    {%- for name in values if name != 'value' %}
    {{ name }},
    {%- endfor %}
    change_abs,
    change_rel,
    {{ kpi_verdict(values[0], values[1]) }} as verdict,
    {{ kpi_target_low() }} as target_low,
    {{ kpi_target_high() }} as target_high,
    {{ kpi_band() }} as band,
    is_settled,
    settles_on,
    is_partial
{%- endmacro %}

{# The rows of a week's or month's mart; `name` is the period as text. #}
{% macro kpi_period_rows(grain, name, as_name) -%}
with

periods as (select * from {{ ref('int_kpi_periods_valued') }} where grain = '{{ grain }}')

select
    period_start,
    period_end,
    {{ name }} as {{ as_name }},
    scope,
    scope_id,
    channel_group,
    kpi,
    variant,
    kpi_version,
    numerator,
    denominator,
    value,
    sample_size,
    pending_size,
    value_prev,
    change_abs,
    change_rel,
    verdict,
    target_low,
    target_high,
    band,
    is_settled,
    settles_on,
    is_partial
from periods
{%- endmacro %}
