{# One row per stretch of a state with the person behind the login, its classes, and what the same login tells next: of what begins in one
   moment in the order in which it was written. #}
with

states as (select * from {{ ref('int_agent_states_unioned') }}),
logins as (select * from {{ ref('int_agent_logins_effective') }}),
watermarks as (select * from {{ source('inputs', 'build_sources') }}),
classes as (select * from {{ ref('int_state_classes_effective') }} where kind = 'state'),

named as (
    select
        states.*,
        lower(trim(state)) as state_name,
        lower(trim(reason)) as reason_name,
        {{ local_date('started_at') }} as started_on
    from states
),

classed as (
    select
        named.*,
        coalesce(logins.agent_id, named.agent_id) as resolved_agent_id,
        coalesce(by_reason.state_class, by_name.state_class, 'unmapped') as state_class,
        case when by_reason.name is not null then by_reason.planned_class else by_name.planned_class end as planned_class,
        watermarks.as_of
    from named
    left join logins
        on
            logins.login_id = named.agent_id
            and logins.effective_from <= named.started_at
            and logins.effective_to > named.started_at
    left join classes as by_reason
        on
            by_reason.name = named.state_name
            and by_reason.reason = named.reason_name
            and by_reason.effective_from <= named.started_on
            and by_reason.effective_to > named.started_on
    left join classes as by_name
        on
            by_name.name = named.state_name
            and by_name.reason = '*'
            and by_name.effective_from <= named.started_on
            and by_name.effective_to > named.started_on
    left join watermarks on watermarks.source = named.source_system
),

neighboured as (
    select
        classed.*,
        lead(started_at) over login_order as next_started_at,
        lead(state_class) over login_order as next_state_class,
        -- What begins before a stretch told earlier has ended belongs to the same log-in.
        (
            started_at <= max(ended_at) over (
                partition by source_system, agent_id
                order by started_at, ended_at nulls last, _batch, _attempt, _page, _position, state
                rows between unbounded preceding and 1 preceding
            )
            and lag(state_class) over login_order <> 'offline'
        ) is true as is_continued
    from classed
    window login_order as (
        partition by source_system, agent_id
        order by started_at, ended_at nulls last, _batch, _attempt, _page, _position, state
    )
)

select
    neighboured.*,
    max(case when not is_continued then started_at end) over (
        partition by source_system, agent_id
        order by started_at, ended_at nulls last, _batch, _attempt, _page, _position, state
        rows between unbounded preceding and current row
    ) as login_at
from neighboured
