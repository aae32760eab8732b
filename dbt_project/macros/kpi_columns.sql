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
