with

tickets as (select * from {{ ref('int_tickets_resolved') }}),
changes as (select * from {{ ref('int_ticket_status_sequenced') }}),

solves as (
    select
        ticket_id,
        min(case when is_solve then occurred_at end) as first_solved_at,
        max(case when is_solve then occurred_at end) as last_solved_at,
        count_if(is_reopen) as reopens
    from changes
    group by ticket_id
)

select
    tickets.ticket_id,
    tickets.root_ticket_id,
    tickets.source_system,
    tickets.created_at,
    {{ local_date('tickets.created_at') }} as created_on,
    tickets.status,
    tickets.priority,
    tickets.channel,
    tickets.group_id,
    tickets.assignee_id,
    tickets.assignee_team_id,
    tickets.topic,
    tickets.tier,
    tickets.merged_into_id,
    tickets.followup_of_id,
    tickets.is_deleted,
    tickets.is_complaint,
    tickets.person_key,
    solves.first_solved_at,
    solves.last_solved_at,
    cast(coalesce(solves.reopens, 0) as bigint) as reopens,
    tickets._batch,
    tickets._attempt,
    tickets._page,
    tickets._position
from tickets
left join solves on solves.ticket_id = tickets.ticket_id
