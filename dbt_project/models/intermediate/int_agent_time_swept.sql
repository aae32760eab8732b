{#
    One row per agent, local day and moment at which anything about the agent changes, with how much of everything holds from then
    to the next change: stretches are cut at local midnight, their ends sorted, and a running sum counts what is open.
#}
{%- set tags = {
    'online': "kind = 'state'",
    'available': "state_class = 'available'",
    'busy': "state_class = 'busy'",
    'acw': "state_class = 'acw'",
    'contact': "kind = 'contact'"
} %}
{%- for planned_class in ['work', 'rest', 'training', 'meeting'] %}
{%- do tags.update({
    'planned_' ~ planned_class: "kind = 'plan' and planned_class = '" ~ planned_class ~ "'",
    'in_' ~ planned_class: "kind = 'state' and planned_class = '" ~ planned_class ~ "'"
}) %}
{%- endfor %}
with

pieces as (select * from {{ ref('int_agent_time_cut') }}),
work as (select * from {{ ref('int_agent_work_marked') }}),
agents as (select * from {{ ref('int_agents_versioned') }}),

changes as (
    select agent_id, service_date, from_at as changed_at, kind, state_class, planned_class, 1 as opened, 0 as handled_legs,
        0 as tickets_worked
    from pieces
    union all
    select agent_id, service_date, to_at as changed_at, kind, state_class, planned_class, -1 as opened, 0 as handled_legs,
        0 as tickets_worked
    from pieces
    union all
    select agent_id, service_date, worked_at as changed_at, 'work' as kind, null as state_class, null as planned_class,
        0 as opened, handled_legs, tickets_worked
    from work
    union all
    select agent_id, {{ local_date('effective_from') }} as service_date, effective_from as changed_at, 'team' as kind,
        null as state_class, null as planned_class, 0 as opened, 0 as handled_legs, 0 as tickets_worked
    from agents
    where effective_from > timestamp '1970-01-01 00:00:00+00'
),

moments as (
    select
        agent_id,
        service_date,
        changed_at,
        {%- for tag, condition in tags.items() %}
        cast(sum(case when {{ condition }} then opened else 0 end) as int) as {{ tag }},
        {%- endfor %}
        cast(sum(handled_legs) as bigint) as handled_legs,
        cast(sum(tickets_worked) as bigint) as tickets_worked
    from changes
    group by agent_id, service_date, changed_at
)

select
    agent_id,
    service_date,
    changed_at,
    coalesce(
        {{ seconds_between('changed_at', 'lead(changed_at) over (partition by agent_id, service_date order by changed_at)') }}, 0
    ) as seconds,
    {%- for tag in tags %}
    sum({{ tag }}) over day_so_far > 0 as is_{{ tag }},
    {%- endfor %}
    handled_legs,
    tickets_worked
from moments
window day_so_far as (
    partition by agent_id, service_date order by changed_at rows between unbounded preceding and current row
)
