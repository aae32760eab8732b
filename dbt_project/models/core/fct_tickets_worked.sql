with

tickets as (select * from {{ ref('int_tickets_resolved') }}),
messages as (select * from {{ ref('int_messages_resolved') }} where contact_id is null and sender_type = 'agent'),
changes as (select * from {{ ref('int_ticket_status_sequenced') }} where is_solve and actor_type = 'agent'),
told as (select event_id from {{ ref('int_ticket_events_unioned') }}),
assignments as (select * from {{ ref('int_ticket_assignments_spanned') }}),
agents as (select * from {{ ref('int_agents_versioned') }}),

acts as (
    select ticket_id, agent_id, team_id, sent_at as acted_at, message_id as act_id
    from messages
    union all
    select changes.ticket_id, changes.actor_id as agent_id, changes.actor_team_id as team_id, changes.occurred_at as acted_at,
        changes.event_id as act_id
    from changes
    inner join told on told.event_id = changes.event_id
    left join agents
        on
            agents.agent_id = changes.actor_id
            and agents.effective_from <= changes.occurred_at
            and agents.effective_to > changes.occurred_at
    where changes.actor_id is not null and not coalesce(agents.is_bot, false)
),

ranked as (
    select
        acts.*,
        {{ local_date('acted_at') }} as worked_on,
        row_number() over (partition by ticket_id, agent_id, {{ local_date('acted_at') }} order by acted_at, act_id) as place
    from acts
)

select
    ranked.ticket_id,
    ranked.agent_id,
    ranked.team_id,
    assignments.group_id as queue_id,
    tickets.channel,
    'written' as channel_group,
    ranked.worked_on,
    ranked.acted_at as first_act_at,
    true as is_worked
from ranked
inner join tickets on tickets.ticket_id = ranked.ticket_id
left join assignments
    on
        assignments.ticket_id = ranked.ticket_id
        and assignments.effective_from <= ranked.acted_at
        and assignments.effective_to > ranked.acted_at
where ranked.place = 1
