with

tickets as (select * from {{ ref('int_tickets_resolved') }}),
changes as (select * from {{ ref('int_ticket_status_sequenced') }}),
ends as (select * from {{ ref('int_ticket_ends_found') }}),
assignments as (select * from {{ ref('int_ticket_assignments_spanned') }}),
agents as (select * from {{ ref('int_agents_versioned') }}),
days as (select * from {{ ref('int_days_published') }} where is_complete),

first_changes as (
    select ticket_id, min(occurred_at) as first_at
    from changes
    group by ticket_id
),

open_spans as (
    select
        tickets.ticket_id,
        tickets.created_at as open_from,
        coalesce(first_changes.first_at, timestamp '9999-12-31 00:00:00+00') as open_to
    from tickets
    left join first_changes on first_changes.ticket_id = tickets.ticket_id
    union all
    select
        ticket_id,
        occurred_at as open_from,
        next_at as open_to
    from changes
    where new_status not in ('solved', 'closed', 'deleted')
),

open_at_midnight as (
    select
        days.service_date,
        days.midnight_at,
        tickets.ticket_id,
        tickets.channel
    from days
    inner join open_spans on open_spans.open_from < days.midnight_at and open_spans.open_to >= days.midnight_at
    inner join tickets on tickets.ticket_id = open_spans.ticket_id and tickets.created_at < days.midnight_at
    left join ends on ends.ticket_id = tickets.ticket_id
    where ends.ended_at is null or ends.ended_at >= days.midnight_at
)

select
    open_at_midnight.service_date,
    open_at_midnight.channel,
    'written' as channel_group,
    assignments.group_id as queue_id,
    agents.team_id,
    assignments.assignee_id,
    cast(count(*) as bigint) as open_tickets
from open_at_midnight
left join assignments
    on
        assignments.ticket_id = open_at_midnight.ticket_id
        and assignments.effective_from < open_at_midnight.midnight_at
        and assignments.effective_to >= open_at_midnight.midnight_at
left join agents
    on
        agents.agent_id = assignments.assignee_id
        and agents.effective_from < open_at_midnight.midnight_at
        and agents.effective_to >= open_at_midnight.midnight_at
group by all
