{#- One row per series of a distribution and period (a day, week, month, or the 7 days up to a day) that has a value. -#}
{%- set facts = kpi_facts() -%}
{%- set adjustments = ref('int_adjustments_unioned') -%}
{%- set rows = kpi_catalogue_rows() | selectattr('kind', 'equalto', 'distribution') | list -%}
{%- set variants = rows | map(attribute='variant') | unique | list -%}
{%- set info = source('inputs', 'build_info') -%}
{%- set members = {
    'company': "'company'", 'channel': 'channel', 'queue': 'queue_id', 'team': 'team_id', 'agent': 'agent_id'
} %}
with

series as (
    select distinct series_id, kpi, variant, scope, scope_id, channel_group
    from {{ ref('int_kpi_series_spanned') }}
    where kind = 'distribution'
),

listed as (
    {%- for row in rows if row.variant == (rows | selectattr('kpi', 'equalto', row.kpi) | list)[0].variant %}
    {{- '' if loop.first else '    union all' }}
    select
        '{{ row.kpi }}' as kpi,
        '|{{ row.scopes }}|' as scopes,
        {{ row.has_all | string | lower }} as has_all,
        {{ kpi_credit_columns(row) }},
        cast({{ kpi_value_of(row) }} as decimal(38, 6)) as amount
    from {{ adjusted_rows(row.fact, facts[row.fact]) }}
    where
{{ kpi_is_about(row) }}
        and {{ row.date_column }} between (select first_day from {{ info }}) and (select last_day from {{ info }})
        and {{ kpi_value_of(row) }} is not null
        and not {{ is_adjusted('adjusted_by', "'" ~ row.kpi ~ "'") }}
    {%- else %}
    select
        '' as kpi, '' as scopes, false as has_all, cast(null as date) as service_date, '' as channel_group, '' as channel,
        '' as queue_id, '' as team_id, '' as agent_id, cast(0 as decimal(38, 6)) as amount
    {%- endfor %}
),

ahead as (
    select 0 as days{% for n in range(1, 7) %} union all select {{ n }} as days{% endfor %}
),

periods as (
    {%- for grain in ['day', 'week', 'month'] %}
    select listed.*, '{{ grain }}' as grain, {{ period_start(grain, 'service_date') }} as period_start from listed
    union all
    {%- endfor %}
    select listed.*, '7 days' as grain, listed.service_date + ahead.days as period_start from listed cross join ahead
),

scoped as (
    {%- for scope, member in members.items() %}
    select
        kpi, grain, period_start, '{{ scope }}' as scope, coalesce({{ member }}, '(none)') as scope_id, channel_group, has_all, amount
    from periods
    where scopes like '%|{{ scope }}|%'
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

grouped as (
    select kpi, grain, period_start, scope, scope_id, channel_group, amount from scoped where channel_group is not null
    union all
    select kpi, grain, period_start, scope, scope_id, 'all' as channel_group, amount from scoped where has_all
),

ranked as (
    select
        kpi,
        grain,
        period_start,
        scope,
        scope_id,
        channel_group,
        {%- for variant in variants %}
        {{ nearest_rank('amount', variant[1:] | int) }} as {{ variant }},
        {%- endfor %}
        count(*) as sample_size
    from grouped
    group by kpi, grain, period_start, scope, scope_id, channel_group
)

select
    series.series_id,
    ranked.grain,
    ranked.period_start,
    cast(
        case series.variant
            {%- for variant in variants %}
            when '{{ variant }}' then ranked.{{ variant }}
            {%- endfor %}
            when '' then null
        end as decimal(38, 6)
    ) as amount
from ranked
inner join series
    on
        series.kpi = ranked.kpi
        and series.scope = ranked.scope
        and series.scope_id = ranked.scope_id
        and series.channel_group = ranked.channel_group
