with

deadlines as (select * from {{ ref('int_sla_deadlines_set') }} where due_at is not null),
stretches as (select * from {{ ref('int_threads_held') }} where thread_kind = 'ticket'),
agents as (select * from {{ ref('int_agents_versioned') }}),

judged as (
    select
        deadlines.*,
        (done_at <= due_at) is true as is_met,
        (as_of > due_at) is true as is_over,
        case when metric = 'resolve' then thread_id end as missed_ticket_id
    from deadlines
),

held as (
    select
        judged.*,
        case when metric = 'resolve' then stretches.queue_id else judged.doer_queue_id end as holder_queue_id,
        case when metric = 'resolve' then stretches.holder_id else judged.credited_agent_id end as holder_id
    from judged
    left join stretches
        on
            stretches.thread_id = judged.missed_ticket_id
            and stretches.effective_from <= judged.due_at
            and stretches.effective_to > judged.due_at
    where judged.is_met or judged.is_done_told
)

select
    held.clock_id || ':' || held.metric as deadline_id,
    held.metric,
    held.ticket_id,
    held.thread_id,
    held.channel,
    held.channel_group,
    held.priority,
    held.clock,
    held.target_seconds,
    held.started_at,
    held.done_at,
    held.due_at,
    {{ local_date('held.due_at') }} as due_on,
    case when held.is_met then held.doer_queue_id else held.holder_queue_id end as queue_id,
    case when held.is_met then held.doer_id else held.holder_id end as credited_agent_id,
    case
        when held.is_met then held.doer_team_id
        when held.metric = 'resolve' then agents.team_id
        else held.credited_team_id
    end as team_id,
    held.is_over as is_deadline_due,
    not held.is_over as is_deadline_pending,
    held.is_over and held.is_met as is_deadline_met
from held
left join agents
    on
        agents.agent_id = held.holder_id
        and agents.effective_from <= held.due_at
        and agents.effective_to > held.due_at
