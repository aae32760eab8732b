with

issues as (select * from {{ ref('int_issues_received') }}),
solved as (select * from {{ ref('int_issues_solved') }}),
acts as (select * from {{ ref('int_issue_acts_ranked') }} where latest_rank = 1),
places as (select * from {{ ref('int_issue_queues_placed') }}),
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
        (issues.as_of > issues.window_ends_at) is true as is_window_passed,
        solved.issue_id is not null as is_told,
        coalesce(solved.is_solved, false) as is_solved,
        acts.issue_id is not null as is_human,
        acts.agent_id as last_agent_id,
        acts.team_id as last_team_id,
        case when acts.issue_id is not null then acts.queue_id else places.queue_id end as last_queue_id,
        first_escalations.issue_id is not null as has_escalation,
        first_escalations.agent_id is not null as has_escalator,
        first_escalations.agent_id as escalator_id,
        first_escalations.team_id as escalator_team_id,
        first_escalations.queue_id as escalator_queue_id
    from issues
    left join solved on solved.issue_id = issues.issue_id
    left join acts on acts.issue_id = issues.issue_id
    left join places on places.issue_id = issues.issue_id
    left join first_escalations on first_escalations.issue_id = issues.issue_id
)

select
    issue_id,
    is_ticket_issue,
    channel,
    channel_group,
    last_queue_id as queue_id,
    received_at,
    {{ local_date('received_at') }} as received_on,
    last_agent_id as credited_agent_id,
    last_team_id as team_id,
    is_told and is_window_passed as is_issue_known,
    not is_window_passed as is_issue_pending,
    is_told and is_window_passed and is_solved as is_solved_at_window,
    is_human and is_window_passed as is_issue_handled,
    is_human and not is_window_passed as is_escalation_pending,
    is_human and is_window_passed and has_escalation as is_escalated,
    case when has_escalator then escalator_queue_id else last_queue_id end as escalation_queue_id,
    case when has_escalator then escalator_id else last_agent_id end as escalation_agent_id,
    case when has_escalator then escalator_team_id else last_team_id end as escalation_team_id
from judged
