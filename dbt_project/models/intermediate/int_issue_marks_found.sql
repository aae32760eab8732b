{# One row per issue with what marks it inside its window: complex, a complaint, and whom the first complaint that names somebody is about. #}
with

issues as (select * from {{ ref('int_issues_received') }}),
members as (select * from {{ ref('int_issue_members_assigned') }} where member_kind <> 'ticket'),
tickets as (select * from {{ ref('int_tickets_resolved') }}),
legs as (select * from {{ ref('int_contact_legs_measured') }} where is_counted),
labels as (select * from {{ ref('int_issue_labels_found') }}),
topics as (select * from {{ ref('topics') }}),
logins as (select * from {{ ref('int_agent_logins_effective') }}),
agents as (select * from {{ ref('int_agents_versioned') }}),

marks as (
    select
        tickets.root_ticket_id as issue_id,
        tickets.created_at as marked_at,
        tickets.ticket_id as mark_id,
        tickets.topic,
        tickets.is_complaint,
        tickets.complaint_about_agent_id,
        labels.ticket_id is not null as has_label
    from tickets
    left join labels on labels.ticket_id = tickets.ticket_id
    union all
    select
        members.issue_id,
        legs.offered_at as marked_at,
        legs.contact_leg_id as mark_id,
        legs.topic,
        coalesce(legs.is_complaint, false) as is_complaint,
        legs.complaint_about_agent_id,
        false as has_label
    from legs
    inner join members on members.member_id = legs.contact_id
),

judged as (
    select
        marks.*,
        marks.has_label or coalesce(topics.is_complex, false) as is_complex,
        marks.is_complaint or coalesce(topics.is_complaint, false) as is_complaint_mark
    from marks
    inner join issues on issues.issue_id = marks.issue_id and marks.marked_at <= issues.window_ends_at
    left join topics on topics.topic = marks.topic
),

ranked as (
    select
        judged.*,
        coalesce(logins.agent_id, judged.complaint_about_agent_id) as about_agent_id,
        row_number() over (
            partition by judged.issue_id
            order by
                case when judged.complaint_about_agent_id is null then 1 else 0 end, judged.marked_at, judged.mark_id
        ) as preference
    from judged
    left join logins
        on
            logins.login_id = judged.complaint_about_agent_id
            and logins.effective_from <= judged.marked_at
            and logins.effective_to > judged.marked_at
)

select
    ranked.issue_id,
    bool_or(ranked.is_complex) as is_complex,
    bool_or(ranked.is_complaint_mark) as is_complaint,
    max(case when ranked.preference = 1 then ranked.about_agent_id end) as about_agent_id,
    max(case when ranked.preference = 1 then agents.team_id end) as about_team_id
from ranked
left join agents
    on
        agents.agent_id = ranked.about_agent_id
        and agents.effective_from <= ranked.marked_at
        and agents.effective_to > ranked.marked_at
group by ranked.issue_id
