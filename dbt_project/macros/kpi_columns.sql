{# One additive part of a KPI as a column over int_kpi_parts_summed; of one channel group where named. Never null. #}
{% macro kpi_part(kpi, part='numerator', variant='default', channel_group=none) -%}
    coalesce(
        {{ exact_sum(
            "case when kpi = '" ~ kpi ~ "' and variant = '" ~ variant ~ "'"
            ~ (" and channel_group = '" ~ channel_group ~ "'" if channel_group else '') ~ ' then ' ~ part ~ ' end'
        ) }}, 0
    )
{%- endmacro %}

{# The KPIs of the wide mart: counts with their numerator, ratios with both parts. (code, variant) each. #}
{% macro wide_counts() -%}
    {{ return([
        'offered', 'contacts_offered', 'answered', 'overflows', 'callbacks', 'voicemails', 'missed', 'flow_outs',
        'short_abandons', 'blocked', 'handled_volume', 'contacts_handled', 'tickets_worked', 'complaints'
    ]) }}
{%- endmacro %}
{% macro wide_ratios() -%}
    {{ return([
        ('answer_rate', 'default'), ('abandon_rate', 'default'), ('service_level', 'offered'), ('asa', 'default'),
        ('queue_time', 'default'), ('ring_time', 'default'), ('talk_time', 'default'), ('hold_time', 'default'),
        ('acw_time', 'default'), ('aht', 'default'), ('aht', 'talk_hold'), ('transfer_rate', 'default'),
        ('frt', 'default'), ('avg_response', 'default'), ('three_min_reply_rate', 'default'), ('no_reply_rate', 'default'),
        ('sla_met_rate', 'default'), ('resolution_rate', 'default'), ('fcr', 'default'), ('ocr', 'default'),
        ('reopen_rate', 'default'), ('escalation_rate', 'default'), ('time_to_resolve', 'default'), ('csat', 'default'),
        ('csat_mean', 'default'), ('rating_bad', 'default'), ('nps', 'default'), ('inquiry_conversion', 'default'),
        ('record_completeness', 'default')
    ]) }}
{%- endmacro %}

{# The columns of the wide mart over int_kpi_parts_summed, and the KPIs they are of. #}
{% macro wide_columns() -%}
    {%- for kpi in wide_counts() %}
    {{ kpi_part(kpi) }} as {{ kpi }},
    {%- endfor %}
    {%- for kpi, variant in wide_ratios() %}
    {%- set name = kpi ~ ('' if variant in ['default', 'offered'] else '_' ~ variant) %}
    {{ kpi_part(kpi, 'numerator', variant) }} as {{ name }}_numerator,
    {{ kpi_part(kpi, 'denominator', variant) }} as {{ name }}_denominator
    {{- '' if loop.last else ',' }}
    {%- endfor %}
{%- endmacro %}
{% macro wide_kpis() -%}
    '{{ (wide_counts() + (wide_ratios() | map('first') | list)) | unique | join("', '") }}'
{%- endmacro %}
