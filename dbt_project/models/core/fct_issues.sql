with

issues as (select * from {{ ref('int_issues_timed') }}),
acts as (select * from {{ ref('int_issue_acts_ranked') }} where latest_rank = 1),
places as (select * from {{ ref('int_issue_queues_placed') }}),
marks as (select * from {{ ref('int_issue_marks_found') }}),
escalations as (select * from {{ ref('int_escalations_found') }}),

first_escalations as (
    select * from (
        select
            escalations.*,
            row_number() over (partition by escalations.issue_id order by escalated_at, act_id) as place
        from escalations
        inner join issues
            on issues.issue_id = escalations.issue_id and escalations.escalated_at <= issues.window_ends_at
    ) as ranked
    where place = 1
),

judged as (
    select
        issues.*,
        acts.issue_id is not null as is_human,
        acts.agent_id as last_agent_id,
        acts.team_id as last_team_id,
        case when acts.issue_id is not null then acts.queue_id else places.queue_id end as last_queue_id,
        first_escalations.issue_id is not null as has_escalation,
        first_escalations.agent_id is not null as has_escalator,
        first_escalations.agent_id as escalator_id,
        first_escalations.team_id as escalator_team_id,
        first_escalations.queue_id as escalator_queue_id,
        coalesce(marks.is_complex, false) as is_complex,
        coalesce(marks.is_complaint, false) as is_complaint,
        marks.about_agent_id,
        marks.about_team_id
    from issues
    left join acts on acts.issue_id = issues.issue_id
    left join places on places.issue_id = issues.issue_id
    left join marks on marks.issue_id = issues.issue_id
    left join first_escalations on first_escalations.issue_id = issues.issue_id
)

select
    issue_id,
    is_ticket_issue,
    channel,
    channel_group,
    last_queue_id as queue_id,
    first_queue_id,
    received_at,
    {{ local_date('received_at') }} as received_on,
    created_at,
    last_solved_at,
    {{ local_date('last_solved_at') }} as last_solved_on,
    last_agent_id as credited_agent_id,
    last_team_id as team_id,
    is_complex,
    is_complaint,
    case when is_complaint then about_agent_id end as complaint_about_agent_id,
    case when is_complaint then about_team_id end as complaint_about_team_id,
    is_told and is_window_passed as is_issue_known,
    not is_window_passed as is_issue_pending,
    is_window_passed as is_issue_final,
    is_told and is_window_passed and is_solved as is_solved_at_window,
    is_told and is_window_passed and is_solved and window_solved_at is not null as is_resolution_counted,
    contacts as resolution_contacts,
    agents as resolution_agents,
    is_told and is_window_passed and is_complex as is_complex_known,
    not is_window_passed and is_complex as is_complex_pending,
    is_told and is_window_passed and is_complaint as is_complaint_known,
    not is_window_passed and is_complaint as is_complaint_pending,
    is_solve_final and solve_seconds >= 0 as is_resolve_counted,
    is_solve_young or (not (is_solve_final and solve_seconds >= 0) and is_open and (is_ticket_issue or not is_window_passed))
        as is_resolve_pending,
    case when is_solve_final and solve_seconds >= 0 then solve_seconds end as resolve_seconds,
    is_solve_final and (solve_business_seconds >= 0) is true as is_resolve_business_counted,
    case when is_solve_final and solve_business_seconds >= 0 then solve_business_seconds end as resolve_business_seconds,
    is_ticket_issue and is_solve_final as is_touch_counted,
    is_ticket_issue and is_solve_young as is_touch_pending,
    is_ticket_issue and is_solve_final and replies = 1 as is_one_touch,
    is_human and is_window_passed as is_issue_handled,
    is_human and not is_window_passed as is_escalation_pending,
    is_human and is_window_passed and has_escalation as is_escalated,
    case when has_escalator then escalator_queue_id else last_queue_id end as escalation_queue_id,
    case when has_escalator then escalator_id else last_agent_id end as escalation_agent_id,
    case when has_escalator then escalator_team_id else last_team_id end as escalation_team_id
from judged
