{# One row per act of a human in an issue inside its window (a handled leg, a reply, a solve); the last one gets the credit. #}
with

issues as (select * from {{ ref('int_issues_received') }}),
members as (select * from {{ ref('int_issue_members_assigned') }}),
tickets as (select * from {{ ref('int_tickets_resolved') }}),
legs as (select * from {{ ref('int_contact_legs_measured') }} where is_handled),
changes as (select * from {{ ref('int_ticket_status_sequenced') }}),
messages as (select * from {{ ref('int_messages_resolved') }} where contact_id is null and sender_type = 'agent'),
assignments as (select * from {{ ref('int_ticket_assignments_spanned') }}),
agents as (select * from {{ ref('int_agents_versioned') }}),

on_tickets as (
    select
        tickets.root_ticket_id as issue_id,
        messages.ticket_id,
        messages.sent_at as acted_at,
        messages.agent_id,
        messages.team_id,
        1 as act_rank,
        messages.message_id as act_id
    from messages
    inner join tickets on tickets.ticket_id = messages.ticket_id
    union all
    select
        changes.root_ticket_id as issue_id,
        changes.ticket_id,
        changes.occurred_at as acted_at,
        changes.actor_id as agent_id,
        changes.actor_team_id as team_id,
        2 as act_rank,
        changes.event_id as act_id
    from changes
    left join agents
        on
            agents.agent_id = changes.actor_id
            and agents.effective_from <= changes.occurred_at
            and agents.effective_to > changes.occurred_at
    where changes.is_solve and changes.actor_type = 'agent' and changes.actor_id is not null and not coalesce(agents.is_bot, false)
),

acts as (
    select
        members.issue_id,
        legs.ended_at as acted_at,
        legs.resolved_agent_id as agent_id,
        legs.team_id,
        legs.queue_id,
        0 as act_rank,
        legs.contact_leg_id as act_id
    from legs
    inner join members on members.member_kind <> 'ticket' and members.member_id = legs.contact_id
    union all
    select
        on_tickets.issue_id,
        on_tickets.acted_at,
        on_tickets.agent_id,
        on_tickets.team_id,
        assignments.group_id as queue_id,
        on_tickets.act_rank,
        on_tickets.act_id
    from on_tickets
    left join assignments
        on
            assignments.ticket_id = on_tickets.ticket_id
            and assignments.effective_from <= on_tickets.acted_at
            and assignments.effective_to > on_tickets.acted_at
)

select
    acts.*,
    row_number() over (
        partition by acts.issue_id
        order by
            acts.acted_at desc, acts.act_rank desc,
            case when acts.act_rank > 0 then length(acts.act_id) end desc, acts.act_id desc
    ) as latest_rank
from acts
inner join issues on issues.issue_id = acts.issue_id
where acts.acted_at <= issues.window_ends_at
