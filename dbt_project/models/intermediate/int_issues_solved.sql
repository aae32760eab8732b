{# One row per issue whose state at the end of its window is told: by its tickets, or by the legs where it has none. #}
with

issues as (select * from {{ ref('int_issues_received') }}),
members as (select * from {{ ref('int_issue_members_assigned') }}),
tickets as (select * from {{ ref('int_tickets_resolved') }}),
ends as (select * from {{ ref('int_ticket_ends_found') }}),
changes as (select * from {{ ref('int_ticket_status_sequenced') }}),
legs as (select * from {{ ref('int_contact_legs_measured') }} where is_counted and is_resolved is not null),

firsts as (
    select ticket_id, min(occurred_at) as first_at, min_by(old_status, occurred_at) as first_status
    from changes
    group by ticket_id
),

live as (
    select
        issues.issue_id,
        tickets.ticket_id,
        case
            when changes.ticket_id is not null then changes.new_status
            when firsts.ticket_id is not null then coalesce(firsts.first_status, 'new')
        end as status
    from issues
    inner join tickets on tickets.root_ticket_id = issues.issue_id and tickets.created_at <= issues.window_ends_at
    left join ends on ends.ticket_id = tickets.ticket_id and ends.ended_at <= issues.window_ends_at
    left join firsts on firsts.ticket_id = tickets.ticket_id
    left join changes
        on
            changes.ticket_id = tickets.ticket_id
            and changes.occurred_at <= issues.window_ends_at
            and changes.next_at > issues.window_ends_at
    where ends.ticket_id is null
),

by_tickets as (
    select
        issues.issue_id,
        count(live.ticket_id) as live_tickets,
        count(case when live.status is null then live.ticket_id end) as untold_tickets,
        count(case when live.status not in ('solved', 'closed', 'deleted') then 1 end) as open_tickets,
        count(case when live.status = 'deleted' then 1 end) as deleted_tickets
    from issues
    left join live on live.issue_id = issues.issue_id
    where issues.is_ticket_issue
    group by issues.issue_id
),

by_legs as (
    select * from (
        select
            issues.issue_id,
            legs.is_resolved,
            row_number() over (partition by issues.issue_id order by legs.offered_at desc, legs.contact_leg_id desc) as place
        from issues
        inner join members on members.issue_id = issues.issue_id and members.member_kind <> 'ticket'
        inner join legs on legs.contact_id = members.member_id and legs.ended_at <= issues.window_ends_at
        where not issues.is_ticket_issue
    ) as ranked
    where place = 1
)

select
    issue_id,
    open_tickets = 0 and live_tickets - deleted_tickets > 0 as is_solved
from by_tickets
where untold_tickets = 0 or open_tickets > 0
union all
select issue_id, is_resolved as is_solved
from by_legs
