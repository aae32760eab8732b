{# One row per chat contact or ticket in which messages are exchanged: where it belongs, when a human was first due. #}
with

legs as (select * from {{ ref('int_contact_legs_measured') }} where is_counted and channel_group in ('chat', 'written')),
tickets as (select * from {{ ref('int_tickets_resolved') }}),

ranked as (
    select
        legs.*,
        leg_kind in ('queue', 'direct', 'transfer', 'callback') and not agent_is_bot as is_human,
        row_number() over (partition by contact_id order by offered_at, leg_left_at, contact_leg_id) as entry_rank
    from legs
),

chats as (
    select
        contact_id as thread_id,
        'chat' as thread_kind,
        max(case when entry_rank = 1 then channel end) as channel,
        max(case when entry_rank = 1 then channel_group end) as channel_group,
        cast(null as varchar) as ticket_id,
        min(case when is_human then offered_at end) as handed_over_at,
        case when bool_or(ended_at is null or outcome = 'open') then null else max(ended_at) end as closed_at,
        max(as_of) as as_of
    from ranked
    group by contact_id
    having bool_or(is_human)
),

written as (
    select
        ticket_id as thread_id,
        'ticket' as thread_kind,
        channel,
        'written' as channel_group,
        ticket_id,
        cast(null as timestamp with time zone) as handed_over_at,
        cast(null as timestamp with time zone) as closed_at,
        as_of
    from tickets
)

select * from chats
union all
select * from written
