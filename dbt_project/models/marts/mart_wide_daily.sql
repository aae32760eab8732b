{#- One row per day, channel, queue, team and agent with the additive parts of many KPIs side by side: for questions across scopes. -#}
with

parts as (select * from {{ ref('int_kpi_parts_summed') }} where adjusted_by is null)

select
    service_date,
    coalesce(channel_group, '(none)') as channel_group,
    coalesce(channel, '(none)') as channel,
    coalesce(queue_id, '(none)') as queue_id,
    coalesce(team_id, '(none)') as team_id,
    coalesce(agent_id, '(none)') as agent_id,
    {%- for kpi in wide_counts() %}
    {{ kpi_part(kpi) }} as {{ kpi }},
    {%- endfor %}
    {%- for kpi, variant in wide_ratios() %}
    {%- set name = kpi ~ ('' if variant in ['default', 'offered'] else '_' ~ variant) %}
    {{ kpi_part(kpi, 'numerator', variant) }} as {{ name }}_numerator,
    {{ kpi_part(kpi, 'denominator', variant) }} as {{ name }}_denominator
    {{- '' if loop.last else ',' }}
    {%- endfor %}
from parts
where kpi in ('{{ (wide_counts() + (wide_ratios() | map('first') | list)) | unique | join("', '") }}')
group by 1, 2, 3, 4, 5, 6
