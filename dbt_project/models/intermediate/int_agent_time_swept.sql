{#
    One row per agent, local day and moment at which anything about the agent changes, with how much of everything holds from then
    to the next change: stretches are cut at local midnight, their ends sorted, and a running sum counts what is open.
#}
{%- set tags = [
    'online', 'available', 'busy', 'acw', 'contact', 'planned_work', 'planned_rest', 'planned_training', 'planned_meeting',
    'in_work', 'in_rest', 'in_training', 'in_meeting'
] %}
with

stretches as (select * from {{ ref('int_agent_time_stacked') }}),
work as (select * from {{ ref('int_agent_work_marked') }}),
agents as (select * from {{ ref('int_agents_versioned') }}),

on_days as (
    select
        stretches.*,
        {{ each_day(local_date('from_at'), local_date('to_at')) }} as service_date
    from stretches
),

pieces as (
    select
        agent_id,
        tag,
        cast(service_date as date) as service_date,
        greatest(from_at, {{ local_midnight('cast(service_date as date)') }}) as from_at,
        least(to_at, {{ local_midnight('cast(service_date as date) + 1') }}) as to_at
    from on_days
),

changes as (
    select agent_id, service_date, from_at as changed_at, tag, 1 as opened, 0 as handled_legs, 0 as tickets_worked
    from pieces where from_at < to_at
    union all
    select agent_id, service_date, to_at as changed_at, tag, -1 as opened, 0 as handled_legs, 0 as tickets_worked
    from pieces where from_at < to_at
    union all
    select agent_id, service_date, worked_at as changed_at, 'work' as tag, 0 as opened, handled_legs, tickets_worked from work
    union all
    select agent_id, {{ local_date('effective_from') }} as service_date, effective_from as changed_at, 'team' as tag, 0 as opened,
        0 as handled_legs, 0 as tickets_worked
    from agents
    where effective_from > timestamp '1970-01-01 00:00:00+00'
),

moments as (
    select
        agent_id,
        service_date,
        changed_at,
        {%- for tag in tags %}
        sum(case when tag = '{{ tag }}' then opened else 0 end) as {{ tag }},
        {%- endfor %}
        sum(handled_legs) as handled_legs,
        sum(tickets_worked) as tickets_worked
    from changes
    group by agent_id, service_date, changed_at
)

select
    agent_id,
    service_date,
    changed_at,
    coalesce({{ seconds_between('changed_at', 'lead(changed_at) over day_order') }}, 0) as seconds,
    {%- for tag in tags %}
    sum({{ tag }}) over day_order > 0 as is_{{ tag }},
    {%- endfor %}
    cast(handled_legs as bigint) as handled_legs,
    cast(tickets_worked as bigint) as tickets_worked
from moments
window day_order as (partition by agent_id, service_date order by changed_at)
