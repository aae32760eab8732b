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
    {{ wide_columns() }}
from parts
where kpi in ({{ wide_kpis() }})
group by 1, 2, 3, 4, 5, 6
