{# One row per act that raised an issue: to a higher tier, to a supervisor, or to another department. #}
with

events as (
    select
        *,
        case when field = 'group' then old_value end as old_group_id,
        case when field = 'group' then new_value end as new_group_id
    from {{ ref('int_ticket_events_resolved') }}
    where field in ('group', 'assignee', 'tier')
),
tickets as (select * from {{ ref('int_tickets_resolved') }}),
queues as (select * from {{ ref('int_queues_versioned') }}),
agents as (select * from {{ ref('int_agents_versioned') }}),
logins as (select * from {{ ref('int_agent_logins_effective') }}),
assignments as (select * from {{ ref('int_ticket_assignments_spanned') }}),
members as (select * from {{ ref('int_issue_members_assigned') }} where member_kind <> 'ticket'),
transfers as (
    select * from {{ ref('int_contact_legs_measured') }} where is_handled and transfer_kind in ('blind', 'attended')
),

by_ticket as (
    select
        tickets.root_ticket_id as issue_id,
        events.occurred_at as escalated_at,
        case when events.actor_type = 'agent' then events.actor_id end as agent_id,
        case when events.actor_type = 'agent' then events.actor_team_id end as team_id,
        case when events.actor_type = 'agent' and events.actor_id is not null then assignments.group_id end as queue_id,
        events.event_id as act_id
    from events
    inner join tickets on tickets.ticket_id = events.ticket_id
    left join assignments
        on
            assignments.ticket_id = events.ticket_id
            and assignments.effective_from <= events.occurred_at
            and assignments.effective_to > events.occurred_at
    left join queues as old_queue
        on
            old_queue.queue_id = events.old_group_id
            and old_queue.effective_from <= events.occurred_at
            and old_queue.effective_to > events.occurred_at
    left join queues as new_queue
        on
            new_queue.queue_id = events.new_group_id
            and new_queue.effective_from <= events.occurred_at
            and new_queue.effective_to > events.occurred_at
    where
        old_queue.department <> new_queue.department
        or (events.field = 'assignee' and events.old_value is not null and events.new_assignee_role = 'supervisor')
        or (events.field = 'tier' and {{ tier_rank('events.new_value') }} > {{ tier_rank('events.old_value') }})
),

by_transfer as (
    select
        members.issue_id,
        transfers.ended_at as escalated_at,
        transfers.resolved_agent_id as agent_id,
        transfers.team_id,
        transfers.queue_id,
        transfers.contact_leg_id as act_id
    from transfers
    inner join members on members.member_id = transfers.contact_id
    left join queues as old_queue
        on
            old_queue.queue_id = transfers.queue_id
            and old_queue.effective_from <= transfers.ended_at
            and old_queue.effective_to > transfers.ended_at
    left join queues as new_queue
        on
            new_queue.queue_id = transfers.transferred_to_queue
            and new_queue.effective_from <= transfers.ended_at
            and new_queue.effective_to > transfers.ended_at
    left join logins
        on
            logins.login_id = transfers.transferred_to_agent
            and logins.effective_from <= transfers.ended_at
            and logins.effective_to > transfers.ended_at
    left join agents as own
        on
            own.agent_id = transfers.resolved_agent_id
            and own.effective_from <= transfers.ended_at
            and own.effective_to > transfers.ended_at
    left join agents as target
        on
            target.agent_id = coalesce(logins.agent_id, transfers.transferred_to_agent)
            and target.effective_from <= transfers.ended_at
            and target.effective_to > transfers.ended_at
    where
        old_queue.department <> new_queue.department
        or {{ tier_rank('new_queue.tier') }} > {{ tier_rank('old_queue.tier') }}
        or target.role = 'supervisor'
        or {{ tier_rank('target.tier') }} > {{ tier_rank('own.tier') }}
)

select * from by_ticket
union all
select * from by_transfer
