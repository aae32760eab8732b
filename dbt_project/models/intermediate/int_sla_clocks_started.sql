{{ config(materialized='ephemeral') }}
{# One row per clock that may have a deadline, a customer's turn until its reply or a ticket until its first solve: what was done, and
   who is credited where nothing was. #}
with

turns as (select * from {{ ref('int_turns_credited') }} where is_replied or not is_closing_only),
tickets as (select * from {{ ref('int_tickets_resolved') }} where merged_into_id is null),
stretches as (select * from {{ ref('int_threads_held') }} where thread_kind = 'ticket'),
first_solves as (
    select * from (
        select
            changes.*,
            row_number() over (partition by ticket_id order by occurred_at, length(event_id), event_id) as place
        from {{ ref('int_ticket_status_sequenced') }} as changes
        where is_solve
    ) as ranked
    where place = 1
)

select
    turn_id as clock_id,
    case when turn_number = 1 and (thread_kind = 'chat' or opens_thread) then 'first_reply' else 'next_reply' end as metric,
    ticket_id,
    thread_id,
    channel,
    channel_group,
    start_queue_id,
    started_at,
    case when closed_at is null or replied_at <= closed_at then replied_at end as done_at,
    true as is_done_told,
    replier_id as doer_id,
    replier_team_id as doer_team_id,
    queue_id as doer_queue_id,
    credited_agent_id,
    credited_team_id,
    as_of
from turns
union all
select
    tickets.ticket_id as clock_id,
    'resolve' as metric,
    tickets.ticket_id,
    tickets.ticket_id as thread_id,
    tickets.channel,
    'written' as channel_group,
    begun.queue_id as start_queue_id,
    tickets.created_at as started_at,
    first_solves.occurred_at as done_at,
    coalesce(first_solves.is_told, true) as is_done_told,
    case when first_solves.actor_type = 'agent' and not first_solves.actor_is_bot then first_solves.actor_id end as doer_id,
    case when first_solves.actor_type = 'agent' and not first_solves.actor_is_bot then first_solves.actor_team_id end
        as doer_team_id,
    ended.queue_id as doer_queue_id,
    cast(null as varchar) as credited_agent_id,
    cast(null as varchar) as credited_team_id,
    tickets.as_of
from tickets
left join first_solves on first_solves.ticket_id = tickets.ticket_id
left join stretches as begun
    on
        begun.thread_id = tickets.ticket_id
        and begun.effective_from <= tickets.created_at
        and begun.effective_to > tickets.created_at
left join stretches as ended
    on
        ended.thread_id = tickets.ticket_id
        and ended.effective_from <= first_solves.occurred_at
        and ended.effective_to > first_solves.occurred_at
