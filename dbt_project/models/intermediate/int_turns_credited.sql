{# One row per customer turn with the queue and policy it started under, and who gets the credit: the replier, else whoever held it when
   it was decided. #}
with

turns as (select * from {{ ref('int_turns_judged') }}),
stretches as (select * from {{ ref('int_threads_held') }}),
agents as (select * from {{ ref('int_agents_versioned') }}),

held as (
    select
        turns.*,
        begun.queue_id as start_queue_id,
        stretches.queue_id,
        stretches.holder_id
    from turns
    left join stretches as begun
        on
            begun.thread_id = turns.thread_id
            and begun.thread_kind = turns.thread_kind
            and begun.effective_from <= turns.started_at
            and begun.effective_to > turns.started_at
    left join stretches
        on
            stretches.thread_id = turns.thread_id
            and stretches.thread_kind = turns.thread_kind
            and stretches.effective_from <= turns.credited_at
            and stretches.effective_to > turns.credited_at
)

select
    held.*,
    case when held.is_replied then held.replier_id else held.holder_id end as credited_agent_id,
    case when held.is_replied then held.replier_team_id else agents.team_id end as credited_team_id,
    {{ policy_of(
        'response_window_policies', 'window_seconds', 'held.start_queue_id', 'held.channel_group', local_date('held.started_at')
    ) }} as window_seconds
from held
left join agents
    on
        agents.agent_id = held.holder_id
        and agents.effective_from <= held.credited_at
        and agents.effective_to > held.credited_at
