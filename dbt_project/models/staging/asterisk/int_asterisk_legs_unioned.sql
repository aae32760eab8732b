{# Legs of the queue log and legs that only the call records know, in the order of their call. #}
with

queue_legs as (select * from {{ ref('int_asterisk_queue_legs_wrapped') }}),
call_legs as (select * from {{ ref('int_asterisk_call_legs_assembled') }}),

legs as (
    select
        'asterisk:' || call_id || ':' || substr(queue_id, 10) || ':' || cast(stay_number as varchar(10)) as contact_leg_id,
        contact_id,
        'queue' as leg_kind,
        'inbound' as direction,
        queue_id,
        agent_id,
        customer_phone_token,
        offered_at,
        connected_at as answered_at,
        ended_at,
        wait_seconds,
        ring_seconds,
        leg_talk_seconds as talk_seconds,
        acw_seconds,
        acw_status,
        outcome,
        case
            when close_event = 'COMPLETEAGENT' then 'agent'
            when close_event in ('COMPLETECALLER', 'ABANDON') then 'customer'
            when close_event in ('EXITEMPTY', 'LEAVEEMPTY', 'SYSCOMPAT') or restarted_at is not null then 'system'
        end as disconnected_by,
        case
            when close_event = 'ATTENDEDTRANSFER' then 'attended'
            when close_station = 'transfer' then 'blind'
        end as transfer_kind,
        coalesce(caller_type = 'extension', false) as is_inside,
        is_suspect,
        _batch,
        _attempt,
        _page,
        _position
    from queue_legs
    union all
    select
        contact_leg_id,
        contact_id,
        leg_kind,
        direction,
        queue_id,
        agent_id,
        customer_phone_token,
        offered_at,
        answered_at,
        ended_at,
        {{ seconds_between('offered_at', 'coalesce(answered_at, ended_at)') }} as wait_seconds,
        case when answered_at is not null then ring_seconds end as ring_seconds,
        talk_seconds,
        cast(null as decimal(18, 6)) as acw_seconds,
        case when answered_at is not null then 'not_measured' end as acw_status,
        outcome,
        cast(null as varchar(10)) as disconnected_by,
        cast(null as varchar(10)) as transfer_kind,
        is_inside,
        is_suspect,
        _batch,
        _attempt,
        _page,
        _position
    from call_legs
)

select
    legs.*,
    lead(contact_leg_id) over in_contact as next_leg_id,
    lead(leg_kind) over in_contact as next_leg_kind,
    lead(queue_id) over in_contact as next_queue_id,
    lead(agent_id) over in_contact as next_agent_id,
    lead(offered_at) over in_contact as next_offered_at,
    min(customer_phone_token) over (partition by contact_id) as contact_phone_token,
    min(case when is_inside then 1 else 0 end) over (partition by contact_id) = 1 as is_inside_contact
from legs
window in_contact as (
    partition by contact_id order by offered_at, {{ leg_left_at() }}, _batch, _page, _position, contact_leg_id
)
