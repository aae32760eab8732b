{# One row per issue that was ever solved: by its last solve event, or by its last leg marked resolved where it has no ticket. #}
with

issues as (select * from {{ ref('int_issues_received') }}),
members as (select * from {{ ref('int_issue_members_assigned') }} where member_kind <> 'ticket'),
ticket_solves as (select * from {{ ref('fct_solves') }}),
legs as (select * from {{ ref('int_contact_legs_measured') }} where is_counted and is_resolved and ended_at is not null),

solves as (
    select issue_id, solved_at
    from ticket_solves
    union all
    select issues.issue_id, legs.ended_at as solved_at
    from issues
    inner join members on members.issue_id = issues.issue_id
    inner join legs on legs.contact_id = members.member_id
    where not issues.is_ticket_issue
)

select
    issues.issue_id,
    max(solves.solved_at) as last_solved_at,
    max(case when solves.solved_at <= issues.window_ends_at then solves.solved_at end) as window_solved_at
from issues
inner join solves on solves.issue_id = issues.issue_id
group by issues.issue_id
