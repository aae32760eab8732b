{{ config(materialized='ephemeral') }}

{# One row per issue with who gets the credit: the last human who handled or solved it inside its window, and its first escalator. #}
with

issues as (select * from {{ ref('int_issues_timed') }}),
acts as (select * from {{ ref('int_issue_acts_ranked') }} where latest_rank = 1),
places as (select * from {{ ref('int_issue_queues_placed') }}),
escalations as (select * from {{ ref('int_escalations_found') }}),

first_escalations as (
    select * from (
        select
            escalations.*,
            row_number() over (partition by escalations.issue_id order by escalated_at, length(act_id), act_id) as place
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
        acts.agent_id as credited_agent_id,
        acts.team_id,
        case when acts.issue_id is not null then acts.queue_id else places.queue_id end as queue_id,
        first_escalations.issue_id is not null as has_escalation,
        first_escalations.agent_id is not null as has_escalator,
        first_escalations.agent_id as escalator_id,
        first_escalations.team_id as escalator_team_id,
        first_escalations.queue_id as escalator_queue_id
    from issues
    left join acts on acts.issue_id = issues.issue_id
    left join places on places.issue_id = issues.issue_id
    left join first_escalations on first_escalations.issue_id = issues.issue_id
)

select
    judged.*,
    case when has_escalator then escalator_queue_id else queue_id end as escalation_queue_id,
    case when has_escalator then escalator_id else credited_agent_id end as escalation_agent_id,
    case when has_escalator then escalator_team_id else team_id end as escalation_team_id
from judged
