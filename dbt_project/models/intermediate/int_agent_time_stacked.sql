{{ config(materialized='ephemeral') }}
{# One row per agent and stretch of time, by what it counts as (`tag`); nothing after the moment up to which states were told. #}
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
    select agent_id, 'online' as tag, started_at as from_at, ended_at as to_at from states where is_online
    union all
    select agent_id, state_class as tag, started_at as from_at, ended_at as to_at from states
    where state_class in ('available', 'busy', 'acw')
    union all
    select agent_id, 'in_' || planned_class as tag, started_at as from_at, ended_at as to_at from states
    where planned_class in ('work', 'rest', 'training', 'meeting')
    union all
    select agent_id, 'planned_' || planned_class as tag, starts_at as from_at, ends_at as to_at from shifts
    union all
    select resolved_agent_id as agent_id, 'contact' as tag, answered_at as from_at, ended_at as to_at from legs
    union all
    select resolved_agent_id as agent_id, 'acw' as tag, ended_at as from_at, {{ plus_exact_seconds('ended_at', 'acw_seconds') }} as to_at
    from legs
    where acw_state = 'measured' and acw_seconds > 0
)

select
    stretches.agent_id,
    stretches.tag,
    stretches.from_at,
    least(stretches.to_at, told.until_at) as to_at
from stretches
cross join told
where stretches.from_at < least(stretches.to_at, told.until_at)
