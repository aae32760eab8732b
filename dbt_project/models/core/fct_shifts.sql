with

shifts as (select * from {{ ref('int_shifts_unioned') }}),
logins as (select * from {{ ref('int_agent_logins_effective') }}),
agents as (select * from {{ ref('int_agents_versioned') }}),
classes as (select * from {{ ref('int_state_classes_effective') }} where kind = 'activity'),

owned as (
    select
        shifts.*,
        coalesce(logins.agent_id, shifts.agent_id) as resolved_agent_id
    from shifts
    left join logins
        on
            logins.login_id = shifts.agent_id
            and logins.effective_from <= shifts.starts_at
            and logins.effective_to > shifts.starts_at
)

select
    owned.resolved_agent_id as agent_id,
    owned.agent_id as source_agent_id,
    agents.team_id,
    owned.activity,
    coalesce(classes.planned_class, owned.activity) as planned_class,
    {{ local_date('owned.starts_at') }} as starts_on,
    owned.starts_at,
    owned.ends_at,
    {{ seconds_between('owned.starts_at', 'owned.ends_at') }} as planned_seconds,
    owned.ends_at > owned.starts_at as is_counted,
    owned.source_system,
    owned._batch,
    owned._attempt,
    owned._page,
    owned._position
from owned
left join agents
    on
        agents.agent_id = owned.resolved_agent_id
        and agents.effective_from <= owned.starts_at
        and agents.effective_to > owned.starts_at
left join classes
    on
        classes.name = owned.activity
        and classes.effective_from <= {{ local_date('owned.starts_at') }}
        and classes.effective_to > {{ local_date('owned.starts_at') }}
