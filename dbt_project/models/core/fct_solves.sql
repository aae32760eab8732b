with

changes as (select * from {{ ref('int_ticket_status_sequenced') }} where is_solve and is_told),
tickets as (select * from {{ ref('int_tickets_resolved') }}),
ends as (select * from {{ ref('int_ticket_ends_found') }}),
undone_tickets as (select * from {{ ref('int_tickets_undone') }}),
assignments as (select * from {{ ref('int_ticket_assignments_spanned') }}),

solves as (
    select
        changes.*,
        tickets.as_of,
        changes.actor_type = 'agent' and changes.actor_id is not null and not changes.actor_is_bot as is_by_human,
        {{ plus_seconds('changes.occurred_at', var('reopen_window_seconds')) }} as window_ends_at
    from changes
    inner join tickets on tickets.ticket_id = changes.ticket_id
    left join ends on ends.ticket_id = changes.ticket_id
    where ends.ended_at is null or ends.ended_at > changes.occurred_at
),

undone as (
    select solves.event_id, bool_and(undone_tickets.is_undecided) as is_undecided
    from solves
    inner join undone_tickets
        on
            undone_tickets.ticket_id = solves.ticket_id
            and undone_tickets.undone_at > solves.occurred_at
            and undone_tickets.undone_at <= solves.window_ends_at
    group by solves.event_id
),

judged as (
    select
        solves.*,
        assignments.group_id,
        undone.event_id is not null as is_undone,
        (solves.as_of > solves.window_ends_at) is true and not coalesce(undone.is_undecided, false) as is_final
    from solves
    left join undone on undone.event_id = solves.event_id
    left join assignments
        on
            assignments.ticket_id = solves.ticket_id
            and assignments.effective_from <= solves.occurred_at
            and assignments.effective_to > solves.occurred_at
)

select
    event_id as solve_id,
    ticket_id,
    root_ticket_id as issue_id,
    channel,
    'written' as channel_group,
    group_id as queue_id,
    case when is_by_human then actor_id end as solver_id,
    case when is_by_human then actor_team_id end as solver_team_id,
    occurred_at as solved_at,
    {{ local_date('occurred_at') }} as solved_on,
    is_final as is_solve_final,
    not is_final as is_solve_pending,
    is_final and is_undone as is_solve_undone
from judged
