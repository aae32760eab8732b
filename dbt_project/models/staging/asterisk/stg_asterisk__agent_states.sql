with

events as (select * from {{ ref('int_asterisk_agent_events_judged') }}),

paused as (
    select
        events.*,
        max(case when step = 'pause' then 1 else 0 end) over in_pause = 1 as is_paused,
        max(case when step = 'pause' then reason end) over in_pause as pause_reason,
        max(case when is_login_again then 1 else 0 end) over (partition by agent_id, occurred_at) = 1 as has_new_login
    from events
    window in_pause as (partition by agent_id, pause_number)
),

last_of_second as (
    select
        paused.*,
        row_number() over (
            partition by agent_id, occurred_at order by _batch desc, _page desc, _position desc
        ) as rank_in_second
    from paused
),

states as (
    select
        last_of_second.*,
        case
            when has_logins and places = 0 then 'offline'
            when is_paused and {{ is_wrapup_reason('pause_reason') }} then 'acw'
            when is_paused then 'break'
            when not has_logins then 'unknown'
            else 'available'
        end as state
    from last_of_second
    where rank_in_second = 1
),

changes as (
    select
        states.*,
        case when is_paused then pause_reason end as state_reason,
        lag(state) over (partition by agent_id order by occurred_at) as state_before,
        lag(case when is_paused then pause_reason end) over (partition by agent_id order by occurred_at) as reason_before
    from states
),

stretches as (
    select
        changes.*,
        lead(occurred_at) over (partition by agent_id order by occurred_at) as next_at,
        lead(has_new_login) over (partition by agent_id order by occurred_at) is true as is_end_unknown
    from changes
    where state is distinct from state_before or state_reason is distinct from reason_before or has_new_login
)

select
    agent_id,
    state,
    state_reason as reason,
    occurred_at as started_at,
    case when not is_end_unknown then next_at end as ended_at,
    'asterisk' as source_system,
    _batch,
    _attempt,
    _page,
    _position
from stretches
where state in ('available', 'acw', 'break')
