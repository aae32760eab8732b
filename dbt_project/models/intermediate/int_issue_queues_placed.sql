{# One row per issue with the queue it lay in at the end of its window, for issues that nobody handled. #}
with

issues as (select * from {{ ref('int_issues_received') }}),
members as (select * from {{ ref('int_issue_members_assigned') }}),
legs as (select * from {{ ref('int_contact_legs_measured') }} where is_counted),
assignments as (select * from {{ ref('int_ticket_assignments_spanned') }}),

last_legs as (
    select * from (
        select
            issues.issue_id,
            legs.queue_id,
            row_number() over (
                partition by issues.issue_id order by legs.offered_at desc, legs.leg_left_at desc, legs.contact_leg_id desc
            ) as place
        from issues
        inner join members on members.issue_id = issues.issue_id and members.member_kind <> 'ticket'
        inner join legs on legs.contact_id = members.member_id and legs.offered_at <= issues.window_ends_at
        where not issues.is_ticket_issue
    ) as ranked
    where place = 1
)

select
    issues.issue_id,
    case when issues.is_ticket_issue then assignments.group_id else last_legs.queue_id end as queue_id
from issues
left join last_legs on last_legs.issue_id = issues.issue_id
left join assignments
    on
        assignments.ticket_id = issues.lead_ticket_id
        and assignments.effective_from <= issues.window_ends_at
        and assignments.effective_to > issues.window_ends_at
