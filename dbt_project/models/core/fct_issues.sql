with

issues as (
    select
        *,
        is_told and is_window_passed as is_known,
        is_solve_final and solve_seconds >= 0 as is_timed
    from {{ ref('int_issues_credited') }}
),
marks as (select * from {{ ref('int_issue_marks_found') }}),

judged as (
    select
        issues.*,
        coalesce(marks.is_complex, false) as is_complex,
        coalesce(marks.is_complaint, false) as is_complaint,
        case when marks.is_complaint then marks.about_agent_id end as complaint_about_agent_id,
        case when marks.is_complaint then marks.about_team_id end as complaint_about_team_id
    from issues
    left join marks on marks.issue_id = issues.issue_id
)

select
    issue_id,
    is_ticket_issue,
    channel,
    channel_group,
    queue_id,
    first_queue_id,
    received_at,
    {{ local_date('received_at') }} as received_on,
    created_at,
    last_solved_at,
    {{ local_date('last_solved_at') }} as last_solved_on,
    credited_agent_id,
    team_id,
    is_complex,
    is_complaint,
    complaint_about_agent_id,
    complaint_about_team_id,
    is_known as is_issue_known,
    not is_window_passed as is_issue_pending,
    is_window_passed as is_issue_final,
    is_known and is_solved as is_solved_at_window,
    is_known and is_solved and window_solved_at is not null as is_resolution_counted,
    contacts as resolution_contacts,
    agents as resolution_agents,
    is_known and is_complex as is_complex_known,
    not is_window_passed and is_complex as is_complex_pending,
    is_known and is_complaint as is_complaint_known,
    not is_window_passed and is_complaint as is_complaint_pending,
    is_timed as is_resolve_counted,
    is_solve_young or (not is_timed and is_open and (is_ticket_issue or not is_window_passed)) as is_resolve_pending,
    case when is_timed then solve_seconds end as resolve_seconds,
    is_timed and solve_business_seconds is not null as is_resolve_business_counted,
    case when is_timed then solve_business_seconds end as resolve_business_seconds,
    is_ticket_issue and is_solve_final as is_touch_counted,
    is_ticket_issue and is_solve_young as is_touch_pending,
    is_ticket_issue and is_solve_final and replies = 1 as is_one_touch,
    is_human and is_window_passed as is_issue_handled,
    is_human and not is_window_passed as is_escalation_pending,
    is_human and is_window_passed and has_escalation as is_escalated,
    escalation_queue_id,
    escalation_agent_id,
    escalation_team_id
from judged
