{{ config(materialized='ephemeral') }}

{# One row per open ticket and stretch of local days at whose end group, assignee and the assignee's team stayed the same. #}
with

tickets as (select * from {{ ref('int_tickets_open_spanned') }}),
agents as (select * from {{ ref('int_agents_versioned') }}),

assignments as (
    select
        ticket_id,
        group_id,
        assignee_id,
        {{ local_date('effective_from') }} as from_on,
        {{ local_date('effective_to') }} as until_on
    from {{ ref('int_ticket_assignments_spanned') }}
),

teams as (
    select
        agent_id,
        team_id,
        {{ local_date('effective_from') }} as from_on,
        {{ local_date('effective_to') }} as until_on
    from agents
),

assigned as (
    select
        tickets.ticket_id,
        tickets.channel,
        tickets.created_at,
        assignments.group_id as queue_id,
        assignments.assignee_id,
        greatest(tickets.open_on, assignments.from_on) as open_on,
        least(tickets.closed_on, assignments.until_on) as closed_on
    from tickets
    inner join assignments
        on
            assignments.ticket_id = tickets.ticket_id
            and assignments.from_on < tickets.closed_on
            and assignments.until_on > tickets.open_on
)

select
    assigned.ticket_id,
    assigned.channel,
    'written' as channel_group,
    assigned.queue_id,
    teams.team_id,
    assigned.assignee_id,
    assigned.created_at,
    greatest(assigned.open_on, coalesce(teams.from_on, assigned.open_on)) as open_on,
    least(assigned.closed_on, coalesce(teams.until_on, assigned.closed_on)) as closed_on
from assigned
left join teams
    on
        teams.agent_id = assigned.assignee_id
        and teams.from_on < assigned.closed_on
        and teams.until_on > assigned.open_on
where assigned.open_on < assigned.closed_on
