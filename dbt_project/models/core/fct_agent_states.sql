{#
    A stretch without an end: the next word of the same login ends it; a missing logout ends with the shift it lies in or, where that
    begins later on the same local day, with that one; at once where the log-in it belongs to began in a shift that is over;
    without a shift after 12 hours; at the latest where the source has told.
#}
with

states as (select * from {{ ref('int_agent_states_classed') }}),
shifts as (select * from {{ ref('int_shifts_joined') }}),

shift_ends as (
    select
        states.source_system,
        states.agent_id,
        states.started_at,
        coalesce(
            min(case when shifts.ends_at > states.started_at then shifts.ends_at end), max(states.started_at)
        ) as shift_ends_at
    from states
    inner join shifts
        on
            shifts.agent_id = states.resolved_agent_id
            and shifts.ends_at > states.login_at
            and (
                shifts.starts_at <= states.started_at
                or {{ local_date('shifts.starts_at') }} = states.started_on
            )
    where states.ended_at is null
    group by all
),

limited as (
    select
        states.*,
        coalesce(
            shift_ends.shift_ends_at, {{ plus_seconds('states.started_at', var('missing_logout_seconds')) }}
        ) as logout_limit_at
    from states
    left join shift_ends
        on
            shift_ends.source_system = states.source_system
            and shift_ends.agent_id = states.agent_id
            and shift_ends.started_at = states.started_at
),

closed as (
    select
        limited.*,
        coalesce(ended_at, least(next_started_at, logout_limit_at, as_of)) as closed_at
    from limited
)

select
    closed.resolved_agent_id as agent_id,
    closed.agent_id as source_agent_id,
    closed.source_system,
    closed.state,
    closed.reason,
    closed.state_class,
    closed.planned_class,
    closed.started_on,
    closed.started_at,
    closed.closed_at as ended_at,
    {{ seconds_between('closed.started_at', 'closed.closed_at') }} as state_seconds,
    closed.state_class <> 'offline' as is_online,
    closed.closed_at > closed.started_at as is_counted,
    closed.ended_at is null and closed.state_class <> 'offline'
    and (closed.as_of is null or closed.closed_at < closed.as_of)
    and (closed.next_started_at is null or closed.closed_at < closed.next_started_at
        or closed.next_state_class <> 'offline') as is_logout_missing,
    closed._batch,
    closed._attempt,
    closed._page,
    closed._position
from closed
