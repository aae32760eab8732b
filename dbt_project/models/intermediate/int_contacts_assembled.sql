{# One row per contact: a call or chat with its legs, or a customer's turn in a ticket that the customer opened. #}
with

legs as (select * from {{ ref('int_contact_legs_measured') }} where is_counted),
turns as (select * from {{ ref('int_turns_credited') }} where thread_kind = 'ticket'),
tickets as (select * from {{ ref('int_tickets_resolved') }}),
opened as (select thread_id from {{ ref('int_turns_paired') }} where opens_thread and thread_kind = 'ticket'),

ranked as (
    select
        legs.*,
        row_number() over (partition by contact_id order by offered_at, leg_left_at, contact_leg_id) as entry_rank,
        case
            when is_handled
                then row_number() over (partition by contact_id, is_handled order by ended_at desc, contact_leg_id desc)
        end as handled_rank
    from legs
),

spoken as (
    select
        contact_id,
        'legs' as contact_kind,
        max(case when entry_rank = 1 then channel end) as channel,
        max(case when entry_rank = 1 then channel_group end) as channel_group,
        max(case when entry_rank = 1 then queue_id end) as queue_id,
        max_by(queue_id, case when queue_id is not null then entry_rank end) as final_queue_id,
        bool_or(is_inbound) as is_inbound,
        max_by(topic, case when topic is not null then entry_rank end) as topic,
        max_by(disposition, case when disposition is not null then entry_rank end) as disposition,
        max_by(person_key, case when person_key is not null then entry_rank end) as person_key,
        max_by(ticket_id, case when ticket_id is not null then entry_rank end) as ticket_id,
        min(offered_at) as started_at,
        case when bool_or(ended_at is null or outcome = 'open') then null else max(ended_at) end as ended_at,
        max(coalesce(ended_at, offered_at)) as last_seen_at,
        bool_or(is_handled) as is_handled,
        bool_or(
            leg_kind in ('queue', 'direct') and is_inbound and not is_taken_by_bot
            and (outcome = 'answered' or (outcome = 'abandoned' and not is_short_abandoned))
        ) as has_reached_queue,
        max_by(is_resolved, case when is_resolved is not null then entry_rank end) as is_resolved,
        bool_or(has_lead) as has_lead,
        max(case when handled_rank = 1 then queue_id end) as last_queue_id,
        max(case when handled_rank = 1 then resolved_agent_id end) as last_agent_id,
        max(case when handled_rank = 1 then team_id end) as last_team_id,
        max(as_of) as as_of
    from ranked
    group by contact_id
),

written as (
    select
        turns.turn_id as contact_id,
        'turn' as contact_kind,
        turns.channel,
        turns.channel_group,
        turns.queue_id,
        turns.queue_id as final_queue_id,
        true as is_inbound,
        tickets.topic,
        cast(null as varchar) as disposition,
        tickets.person_key,
        turns.ticket_id,
        turns.started_at,
        case when turns.is_replied then turns.replied_at else turns.last_sent_at end as ended_at,
        case when turns.is_replied then turns.replied_at else turns.last_sent_at end as last_seen_at,
        turns.is_replied as is_handled,
        true as has_reached_queue,
        cast(null as boolean) as is_resolved,
        cast(null as boolean) as has_lead,
        case when turns.is_replied then turns.queue_id end as last_queue_id,
        case when turns.is_replied then turns.credited_agent_id end as last_agent_id,
        case when turns.is_replied then turns.credited_team_id end as last_team_id,
        turns.as_of
    from turns
    inner join opened on opened.thread_id = turns.thread_id
    inner join tickets on tickets.ticket_id = turns.ticket_id
    where turns.is_replied or not turns.is_closing_only
)

select * from spoken
union all
select * from written
