{#
    Wrap-up pauses: from a PAUSE whose reason is wrap-up to whatever ends it for that agent -- UNPAUSE, a pause for another
    reason, a log-off, the next call. Lines repeated for each queue of the agent begin at the same second; all are kept here.
#}
with

events as (select * from {{ ref('stg_asterisk__queue_events') }}),

classed as (
    select
        events.*,
        event in ('PAUSE', 'PAUSEALL')
        and coalesce({{ matches('reason', '^(wrap[ _-]?up|acw|after[ _-]?call|话后|整理|小结)') }}, false) as is_wrapup
    from events
    where
        agent_id is not null
        and event in (
            'PAUSE', 'PAUSEALL', 'UNPAUSE', 'UNPAUSEALL', 'AGENTLOGOFF', 'AGENTCALLBACKLOGOFF', 'REMOVEMEMBER', 'CONNECT'
        )
),

bounded as (
    select
        agent_id,
        is_wrapup,
        occurred_at as started_at,
        min(case when not is_wrapup then occurred_at end) over (
            partition by agent_id
            order by occurred_at, _batch, _page, _position
            rows between 1 following and unbounded following
        ) as ended_at
    from classed
)

select
    agent_id,
    started_at,
    max(ended_at) as ended_at
from bounded
where is_wrapup
group by agent_id, started_at
