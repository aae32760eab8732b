{#
    One row per agent, local day and team the agent was in. The day itself counts once, in its first row (`is_day`), which holds
    the whole day's `day_` amounts; seconds are those of the row. What no source tells is null, not 0.
#}
{%- set amounts = [
    'login_seconds', 'online_seconds', 'shift_online_seconds', 'ready_seconds', 'contact_seconds', 'occupied_seconds',
    'occupiable_seconds', 'planned_seconds', 'adherent_seconds'
] %}
with

moments as (select * from {{ ref('int_agent_time_judged') }}),

team_days as (
    select
        agent_id,
        service_date,
        team_id,
        min(changed_at) as first_at,
        bool_or(has_plan) as has_plan,
        bool_or(has_states) as has_states,
        {%- for amount in amounts %}
        cast(sum({{ amount }}) as decimal(18, 6)) as {{ amount }},
        {%- endfor %}
        cast(sum(handled_legs) as bigint) as handled_legs,
        cast(sum(tickets_worked) as bigint) as tickets_worked
    from moments
    where is_timed or handled_legs + tickets_worked > 0
    group by agent_id, service_date, team_id
),

whole_days as (
    select
        team_days.*,
        row_number() over (partition by agent_id, service_date order by first_at, team_id) = 1 as is_day,
        sum(login_seconds) over day as day_login_seconds,
        sum(online_seconds) over day as day_online_seconds,
        sum(ready_seconds) over day as day_ready_seconds,
        sum(handled_legs + tickets_worked) over day as day_handled_work
    from team_days
    window day as (partition by agent_id, service_date)
)

select
    agent_id,
    service_date,
    team_id,
    cast(null as varchar) as channel,
    cast(null as varchar) as channel_group,
    login_seconds,
    online_seconds,
    ready_seconds,
    contact_seconds,
    handled_legs,
    tickets_worked,
    is_day,
    is_day and day_login_seconds > 0 as is_online_day,
    is_day and (day_login_seconds > 0 or day_handled_work > 0) as is_working_day,
    case when is_day then cast(day_online_seconds as decimal(18, 6)) end as day_online_seconds,
    case when is_day then cast(day_ready_seconds as decimal(18, 6)) end as day_ready_seconds,
    case when is_day then cast(day_handled_work as decimal(18, 6)) end as day_handled_work,
    case when has_states and planned_seconds > 0 then planned_seconds end as planned_seconds,
    case when has_states and planned_seconds > 0 then shift_online_seconds end as shift_online_seconds,
    case when has_states and planned_seconds > 0 then adherent_seconds end as adherent_seconds,
    case when day_login_seconds > 0 and occupiable_seconds > 0 then occupiable_seconds end as occupiable_seconds,
    case when day_login_seconds > 0 and occupiable_seconds > 0 then occupied_seconds end as occupied_seconds
from whole_days
