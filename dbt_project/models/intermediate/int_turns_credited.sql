{# One row per customer turn with who gets the credit: the replier, else whoever held it when it was decided. #}
with

turns as (
    select *, case when thread_kind = 'ticket' then thread_id end as held_ticket_id
    from {{ ref('int_turns_judged') }}
),
assignments as (select * from {{ ref('int_ticket_assignments_spanned') }}),
agents as (select * from {{ ref('int_agents_versioned') }}),
legs as (
    select *
    from {{ ref('int_contact_legs_measured') }}
    where is_counted and leg_kind in ('queue', 'direct', 'transfer', 'callback')
),

chat_holders as (
    select * from (
        select
            turns.turn_id,
            legs.queue_id,
            legs.resolved_agent_id,
            row_number() over (
                partition by turns.turn_id
                order by
                    case when legs.offered_at <= turns.credited_at then 0 else 1 end,
                    case when legs.offered_at <= turns.credited_at then legs.offered_at end desc,
                    case when legs.offered_at <= turns.credited_at then legs.contact_leg_id end desc,
                    legs.offered_at,
                    legs.contact_leg_id
            ) as preference
        from turns
        inner join legs on legs.contact_id = turns.thread_id
        where turns.thread_kind = 'chat'
    ) as ranked
    where preference = 1
),

held as (
    select
        turns.*,
        case when turns.thread_kind = 'chat' then chat_holders.queue_id else assignments.group_id end as queue_id,
        case when turns.thread_kind = 'chat' then chat_holders.resolved_agent_id else assignments.assignee_id end as holder_id
    from turns
    left join chat_holders on chat_holders.turn_id = turns.turn_id
    left join assignments
        on
            assignments.ticket_id = turns.held_ticket_id
            and assignments.effective_from <= turns.credited_at
            and assignments.effective_to > turns.credited_at
)

select
    held.*,
    case when held.is_replied then held.replier_id else held.holder_id end as credited_agent_id,
    case when held.is_replied then held.replier_team_id else agents.team_id end as credited_team_id
from held
left join agents
    on
        agents.agent_id = held.holder_id
        and agents.effective_from <= held.credited_at
        and agents.effective_to > held.credited_at
