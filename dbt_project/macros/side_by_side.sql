{# The days of some KPIs (variant `default`) side by side: per local day, scope, member and channel group each ratio with its two parts, as <kpi>_numerator,
   <kpi>_denominator and <kpi>, and each count; `more_counts` are named variants of counts, (kpi, variant), as <kpi>_<variant>. Null where a KPI
   has no such row. For thematic marts. #}
{% macro daily_side_by_side(ratios, counts, variants={}, more_counts=[]) -%}
{%- set more = [] -%}
{%- for kpi, variant in more_counts -%} {%- do more.append(kpi ~ '_' ~ variant) -%} {%- endfor -%}
with

days as (select * from {{ ref('int_kpi_days_filled') }}),
series as (
    select
        series_id,
        kpi_version,
        scope,
        scope_id,
        channel_group,
        kpi
        {%- if more %} || case when kpi || '_' || variant in ('{{ more | join("', '") }}') then '_' || variant else '' end{% endif %} as kpi
    from {{ ref('int_kpi_series_spanned') }}
    where
        (
            kpi in ('{{ (ratios + counts) | join("', '") }}')
            and variant = case kpi
                {%- for kpi, variant in variants.items() %} when '{{ kpi }}' then '{{ variant }}'{% endfor %}
                when '' then ''
                else 'default'
            end
        )
        {%- if more %}
        or kpi || '_' || variant in ('{{ more | join("', '") }}')
        {%- endif %}
),

named as (
    select
        days.service_date,
        series.scope,
        series.scope_id,
        series.channel_group,
        series.kpi,
        days.numerator,
        days.denominator
    from days
    inner join series on series.series_id = days.series_id and series.kpi_version = days.kpi_version
),

parts as (
    select
        service_date,
        scope,
        scope_id,
        channel_group
        {%- for kpi in ratios %},
        max(case when kpi = '{{ kpi }}' then numerator end) as {{ kpi }}_above,
        max(case when kpi = '{{ kpi }}' then denominator end) as {{ kpi }}_below,
        max(case when kpi = '{{ kpi }}' and denominator > 0 then cast(numerator as double) / cast(denominator as double) end)
            as {{ kpi }}_quotient
        {%- endfor %}
        {%- for kpi in counts + more %},
        max(case when kpi = '{{ kpi }}' then numerator end) as {{ kpi }}_above
        {%- endfor %}
    from named
    group by service_date, scope, scope_id, channel_group
)

select
    service_date,
    scope,
    scope_id,
    channel_group
    {%- for kpi in ratios %},
    cast({{ kpi }}_above as decimal(38, 6)) as {{ kpi }}_numerator,
    cast({{ kpi }}_below as decimal(38, 6)) as {{ kpi }}_denominator,
    case
        when {{ kpi }}_below > 0 then {{ rounded_quotient(kpi ~ '_above', kpi ~ '_below', kpi ~ '_quotient') }}
    end as {{ kpi }}
    {%- endfor %}
    {%- for kpi in counts + more %},
    cast({{ kpi }}_above as bigint) as {{ kpi }}
    {%- endfor %}
from parts
{%- endmacro %}
