{# One row per change of a ticket field; a source that sends no events of a kind gets one made of the ticket itself. #}
with

tickets as (select * from {{ ref('int_tickets_resolved') }}),
events as (
    select events.*
    from {{ ref('int_ticket_events_unioned') }} as events
    inner join tickets on tickets.ticket_id = events.ticket_id
),
logins as (select * from {{ ref('int_agent_logins_effective') }}),
agents as (select * from {{ ref('int_agents_versioned') }}),

told as (
    select
        event_id,
        ticket_id,
        occurred_at,
        field,
        old_value,
        new_value,
        actor_id,
        actor_type
    from events
),

untold_status as (
    select
        tickets.ticket_id || ':status' as event_id,
        tickets.ticket_id,
        case when tickets.status in ('solved', 'closed', 'deleted') then coalesce(tickets.version, tickets.created_at) else tickets.created_at end as occurred_at,
        'status' as field,
        cast(null as varchar) as old_value,
        tickets.status as new_value,
        tickets.assignee_id as actor_id,
        case when tickets.assignee_id is null then 'system' else 'agent' end as actor_type
    from tickets
    left join (select distinct ticket_id from events where field = 'status') as known
        on known.ticket_id = tickets.ticket_id
    where known.ticket_id is null and tickets.status is not null
),

every_event as (
    select all_events.*, case when field = 'assignee' then new_value end as new_assignee_login
    from (
        select told.*, true as is_told from told
        union all
        select untold_status.*, false as is_told from untold_status
    ) as all_events
),

resolved as (
    select
        every_event.event_id,
        every_event.ticket_id,
        every_event.occurred_at,
        every_event.field,
        every_event.old_value,
        every_event.new_value,
        every_event.actor_type,
        every_event.is_told,
        coalesce(actor.agent_id, every_event.actor_id) as actor_id,
        case when every_event.actor_type = 'agent' then coalesce(actor.agent_id, every_event.actor_id) end as acting_agent_id,
        coalesce(new_assignee.agent_id, every_event.new_assignee_login) as new_assignee_id
    from every_event
    left join logins as actor
        on
            actor.login_id = every_event.actor_id
            and actor.effective_from <= every_event.occurred_at
            and actor.effective_to > every_event.occurred_at
    left join logins as new_assignee
        on
            new_assignee.login_id = every_event.new_assignee_login
            and new_assignee.effective_from <= every_event.occurred_at
            and new_assignee.effective_to > every_event.occurred_at
)

select
    resolved.*,
    actor.team_id as actor_team_id,
    actor.role as actor_role,
    coalesce(actor.is_bot, false) as actor_is_bot,
    assignee.role as new_assignee_role
from resolved
left join agents as actor
    on
        actor.agent_id = resolved.acting_agent_id
        and actor.effective_from <= resolved.occurred_at
        and actor.effective_to > resolved.occurred_at
left join agents as assignee
    on
        assignee.agent_id = resolved.new_assignee_id
        and assignee.effective_from <= resolved.occurred_at
        and assignee.effective_to > resolved.occurred_at
