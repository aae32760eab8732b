{{ config(materialized='table') }}
{#
    After each line about an agent: is the agent a member of any queue, or logged in, and in which pause. An UNPAUSE that
    names another reason than the pause in force ends nothing. An agent of whom no log-in was ever written is only known while
    paused.
#}
with

events as (
    select * from {{ ref('stg_asterisk__queue_events') }}
    where
        agent_id is not null
        and event in (
            'ADDMEMBER', 'REMOVEMEMBER', 'AGENTLOGIN', 'AGENTCALLBACKLOGIN', 'AGENTLOGOFF', 'AGENTCALLBACKLOGOFF',
            'PAUSE', 'PAUSEALL', 'UNPAUSE', 'UNPAUSEALL'
        )
),

classed as (
    select
        events.*,
        case
            when event in ('ADDMEMBER', 'AGENTLOGIN', 'AGENTCALLBACKLOGIN') then 'in'
            when event in ('REMOVEMEMBER', 'AGENTLOGOFF', 'AGENTCALLBACKLOGOFF') then 'out'
            when event in ('PAUSE', 'PAUSEALL') then 'pause'
            else 'unpause'
        end as step,
        case when event in ('ADDMEMBER', 'REMOVEMEMBER') then coalesce(queue_id, '') else 'login' end as place
    from events
),

in_pauses as (
    select
        classed.*,
        sum(case when step = 'pause' then 1 else 0 end) over (
            partition by agent_id order by occurred_at, _batch, _page, _position
            rows between unbounded preceding and current row
        ) as pauses_so_far
    from classed
),

in_force as (
    select
        in_pauses.*,
        max(case when step = 'pause' then reason end) over (partition by agent_id, pauses_so_far) as reason_in_force
    from in_pauses
),

stepped as (
    select
        in_force.*,
        lag(step) over (
            partition by agent_id, place, case when step in ('in', 'out') then 1 else 0 end
            order by occurred_at, _batch, _page, _position
        ) as step_before
    from in_force
    where step <> 'unpause' or reason is null or reason_in_force is null or reason = reason_in_force
),

counted as (
    select
        stepped.*,
        sum(
            case
                when step = 'in' and step_before is distinct from 'in' then 1
                when step = 'out' and step_before = 'in' then -1
                else 0
            end
        ) over (
            partition by agent_id order by occurred_at, _batch, _page, _position
            rows between unbounded preceding and current row
        ) as places,
        max(case when step = 'in' then 1 else 0 end) over (partition by agent_id) = 1 as has_logins,
        max(case when step = 'in' then occurred_at end) over (
            partition by agent_id order by occurred_at, _batch, _page, _position
            rows between unbounded preceding and 1 preceding
        ) as login_before_at
    from stepped
)

select
    counted.*,
    -- A log-in of somebody who is still in: the log-off between was never written.
    step = 'in' and places > case when step_before = 'in' then 0 else 1 end and (
        step_before is not distinct from 'in'
        or {{ seconds_between('login_before_at', 'occurred_at') }} > {{ var('missing_logout_seconds') }}
    ) as is_login_again,
    sum(case when step in ('pause', 'unpause') or (step = 'out' and places = 0) then 1 else 0 end) over (
        partition by agent_id order by occurred_at, _batch, _page, _position
        rows between unbounded preceding and current row
    ) as pause_number
from counted
