{#
    Wrap-up pauses: from a PAUSE whose reason is wrap-up to the UNPAUSE that names it, if that comes before the agent's next
    call; else to whatever ended it first: an UNPAUSE without that reason, a pause for another one, a log-off. A paused agent
    gets no call: where the next call comes first, the line that ended the pause is lost, and so is its length. Lines repeated
    for each queue of the agent begin at the same second and are one.
#}
with

lines as (select * from {{ ref('stg_asterisk__queue_events') }}),

events as (
    select
        lines.*,
        {{ is_wrapup_reason('reason') }} as is_wrapup
    from lines
    where
        agent_id is not null
        and event in (
            'PAUSE', 'PAUSEALL', 'UNPAUSE', 'UNPAUSEALL', 'AGENTLOGOFF', 'AGENTCALLBACKLOGOFF', 'REMOVEMEMBER', 'CONNECT'
        )
),

classed as (
    select
        events.*,
        case
            when event in ('PAUSE', 'PAUSEALL') and is_wrapup then 'start'
            when event in ('UNPAUSE', 'UNPAUSEALL') and is_wrapup then 'named_end'
            when event = 'CONNECT' then 'call'
            else 'other_end'
        end as step
    from events
),

bounded as (
    select
        agent_id,
        step,
        occurred_at as started_at,
        min(case when step = 'named_end' then occurred_at end) over from_here_on as named_end_at,
        min(case when step = 'call' then occurred_at end) over from_here_on as call_at,
        min(case when step = 'other_end' then occurred_at end) over from_here_on as other_end_at
    from classed
    window from_here_on as (
        partition by agent_id
        order by occurred_at, _batch, _page, _position
        rows between 1 following and unbounded following
    )
)

select
    agent_id,
    started_at,
    max(
        case
            when named_end_at <= call_at or call_at is null then coalesce(named_end_at, other_end_at)
            when other_end_at <= call_at then other_end_at
        end
    ) as ended_at,
    max(call_at) is not null as is_followed_by_call
from bounded
where step = 'start'
group by agent_id, started_at
