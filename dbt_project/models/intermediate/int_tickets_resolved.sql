{# One row per ticket that is no spam, in its newest version, with people resolved and the root of its merge and follow-up chain. #}
with

tickets as (select * from {{ ref('int_tickets_unioned') }} where not coalesce(is_spam, false)),
logins as (select * from {{ ref('int_agent_logins_effective') }}),
agents as (select * from {{ ref('int_agents_versioned') }}),
persons as (select * from {{ ref('int_persons_resolved') }}),
watermarks as (select * from {{ source('inputs', 'build_sources') }}),

parents as (
    select tickets.ticket_id, coalesce(tickets.merged_into_id, tickets.followup_of_id) as parent_id
    from tickets
),

known_parents as (
    select parents.ticket_id, coalesce(known.ticket_id, parents.ticket_id) as root_id
    from parents
    left join parents as known on known.ticket_id = parents.parent_id
),

roots_2 as (
    select a.ticket_id, b.root_id
    from known_parents as a
    inner join known_parents as b on b.ticket_id = a.root_id
),

roots_4 as (
    select a.ticket_id, b.root_id
    from roots_2 as a
    inner join roots_2 as b on b.ticket_id = a.root_id
),

roots_8 as (
    select a.ticket_id, b.root_id
    from roots_4 as a
    inner join roots_4 as b on b.ticket_id = a.root_id
)

select
    tickets.ticket_id,
    roots_8.root_id as root_ticket_id,
    tickets.source_system,
    tickets.version,
    tickets.created_at,
    tickets.status,
    tickets.priority,
    tickets.group_id,
    tickets.queue_id,
    tickets.assignee_id as source_assignee_id,
    coalesce(logins.agent_id, tickets.assignee_id) as assignee_id,
    agents.team_id as assignee_team_id,
    tickets.channel,
    tickets.topic,
    tickets.tier,
    tickets.merged_into_id,
    tickets.followup_of_id,
    coalesce(tickets.is_deleted, false) or tickets.status = 'deleted' as is_deleted,
    coalesce(tickets.is_complaint, false) as is_complaint,
    tickets.complaint_about_agent_id,
    coalesce(tickets.is_complex, false) as is_complex,
    coalesce(by_id.person_key, by_phone.person_key, by_email.person_key, by_order.person_key) as person_key,
    watermarks.as_of,
    tickets._batch,
    tickets._attempt,
    tickets._page,
    tickets._position
from tickets
inner join roots_8 on roots_8.ticket_id = tickets.ticket_id
left join watermarks on watermarks.source = tickets.source_system
left join logins
    on
        logins.login_id = tickets.assignee_id
        and logins.effective_from <= coalesce(tickets.version, tickets.created_at)
        and logins.effective_to > coalesce(tickets.version, tickets.created_at)
left join agents
    on
        agents.agent_id = coalesce(logins.agent_id, tickets.assignee_id)
        and agents.effective_from <= coalesce(tickets.version, tickets.created_at)
        and agents.effective_to > coalesce(tickets.version, tickets.created_at)
left join persons as by_id on by_id.token = tickets.customer_id_token
left join persons as by_phone on by_phone.token = tickets.customer_phone_token
left join persons as by_email on by_email.token = tickets.customer_email_token
left join persons as by_order on by_order.token = tickets.order_id_token
