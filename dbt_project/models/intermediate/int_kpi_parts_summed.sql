{#- One row per KPI, variant, day, channel, queue, team and agent with the additive parts; generated from the catalogue.
    Parts that an adjustment takes out stand apart, with `adjusted_by`: whoever sums parts up takes those where it is null. -#}
{%- set facts = kpi_facts() -%}
{%- set adjustments = ref('int_adjustments_unioned') -%}
{%- set scans = kpi_catalogue_rows() | groupby('alike') | list %}
with

{%- for alike, rows in scans %}

sums_{{ loop.index }} as (
    {{ kpi_sums_of(rows, facts) }}
),
{%- endfor %}

parts as (
    {%- for alike, rows in scans %}
    {{ kpi_parts_of(rows, 'sums_' ~ loop.index) }}
    {{ '' if loop.last else 'union all' }}
    {%- else %}
    select
        '' as kpi, '' as variant, 0 as kpi_version, cast(null as date) as service_date, '' as channel_group, '' as channel,
        '' as queue_id, '' as team_id, '' as agent_id, '' as counted_scopes, '' as adjusted_by,
        cast(0 as decimal(38, 6)) as numerator,
        cast(0 as decimal(38, 6)) as denominator, cast(0 as bigint) as sample_size, cast(0 as bigint) as pending_size
    {%- endfor %}
)

select * from parts
