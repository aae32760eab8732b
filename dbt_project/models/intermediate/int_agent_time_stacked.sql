{{ config(materialized='ephemeral') }}
{# One row per agent and stretch of time, by what is told of it; nothing after the moment up to which states were told. #}
with

states as (select * from {{ ref('fct_agent_states') }} where is_counted),
shifts as (select * from {{ ref('fct_shifts') }} where is_counted),
feeds as (select * from {{ source('inputs', 'build_feeds') }} where stream = 'agent_states'),
info as (select * from {{ source('inputs', 'build_info') }}),

legs as (
    select * from {{ ref('int_contact_legs_measured') }}
    where
        is_counted
        and outcome = 'answered'
        and leg_kind <> 'self_service'
        and resolved_agent_id is not null
        and not agent_is_bot
        and ended_at >= answered_at
),

told as (
    select coalesce(min(case when feeds.has_cadence then feeds.as_of end), max(feeds.as_of), max(info.as_of)) as until_at
    from info
    left join feeds on true
),

stretches as (
    select agent_id, 'state' as kind, state_class, planned_class, started_at as from_at, ended_at as to_at
    from states
    where is_online
    union all
    select agent_id, 'plan' as kind, null as state_class, planned_class, starts_at as from_at, ends_at as to_at
    from shifts
    union all
    select resolved_agent_id as agent_id, 'contact' as kind, null as state_class, null as planned_class,
        answered_at as from_at, ended_at as to_at
    from legs
    union all
    select resolved_agent_id as agent_id, 'wrap-up' as kind, 'acw' as state_class, null as planned_class,
        ended_at as from_at, {{ plus_exact_seconds('ended_at', 'acw_seconds') }} as to_at
    from legs
    where acw_state = 'measured' and acw_seconds > 0
)

select
    stretches.agent_id,
    stretches.kind,
    stretches.state_class,
    stretches.planned_class,
    stretches.from_at,
    least(stretches.to_at, told.until_at) as to_at
from stretches
cross join told
where stretches.from_at < least(stretches.to_at, told.until_at)
