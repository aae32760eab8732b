{{ config(materialized='table') }}
{#
    Legs that only the call records know: direct and outbound calls, and where a queue's agent handed a caller to without a
    queue. One leg per party that answered; one for a call that nobody answered. A call whose records name a queue, of which
    the queue log has no line, is suspect.
#}
with

records as (select * from {{ ref('int_asterisk_call_records_judged') }}),
queue_legs as (select * from {{ ref('int_asterisk_queue_legs_judged') }}),

queue_calls as (
    select
        contact_id,
        min(case when close_station = 'transfer' then ended_at end) as handed_over_at
    from queue_legs
    group by contact_id
),

calls as (
    select
        contact_id,
        min(started_at) as started_at,
        max(ended_at) as ended_at,
        max(case when record_rank = 1 then caller_token end) as caller_token,
        max(case when record_rank = 1 then callee_token end) as callee_token,
        max(case when record_rank = 1 then caller_peer_id end) as caller_peer_id,
        max(case when record_rank = 1 and is_outbound then 1 else 0 end) = 1 as is_outbound,
        max(case when record_rank = 1 and is_inside then 1 else 0 end) = 1 as is_inside,
        max(case when is_queue then 1 else 0 end) = 1 as has_queue,
        max(case when is_voicemail then 1 else 0 end) = 1 as has_voicemail,
        max(case when is_dialled then 1 else 0 end) = 1 as has_dialled,
        max(case when disposition = 'ANSWERED' then 1 else 0 end) = 1 as is_picked_up,
        max(queue_id) as queue_id
    from records
    group by contact_id
),

in_question as (
    select records.*
    from records
    left join queue_calls on queue_calls.contact_id = records.contact_id
    where
        queue_calls.contact_id is null
        or (not records.is_queue and records.started_at >= {{ plus_seconds('queue_calls.handed_over_at', '-2') }})
),

parties as (
    select
        contact_id,
        case when is_connected then callee_peer_id end as callee_peer_id,
        min(started_at) as started_at,
        min(case when is_connected then answered_at end) as answered_at,
        max(ended_at) as ended_at,
        sum(case when is_connected then billed_seconds end) as billed_seconds,
        min(record_rank) as record_rank
    from in_question
    group by contact_id, case when is_connected then callee_peer_id end
),

addresses as (
    select contact_id as record_contact_id, record_rank as address_rank, _batch, _attempt, _page, _position from records
),

legs as (
    select
        parties.*,
        max(case when answered_at is not null then 1 else 0 end) over (partition by contact_id) = 1 as is_answered_call,
        row_number() over (
            partition by contact_id order by case when answered_at is null then 1 else 0 end, answered_at, record_rank
        ) as leg_number
    from parties
),

described as (
    select
        legs.*,
        calls.caller_token,
        calls.callee_token,
        calls.caller_peer_id,
        calls.is_outbound,
        calls.is_inside,
        calls.has_voicemail,
        calls.has_dialled,
        calls.is_picked_up,
        calls.queue_id,
        calls.started_at as call_started_at,
        queue_calls.contact_id is not null as is_after_queue,
        queue_calls.contact_id is null and calls.has_queue as is_lost_queue
    from legs
    inner join calls on calls.contact_id = legs.contact_id
    left join queue_calls on queue_calls.contact_id = legs.contact_id
    where legs.answered_at is not null or not legs.is_answered_call
)

select
    contact_id || ':cdr:' || cast(leg_number as varchar(10)) as contact_leg_id,
    contact_id,
    case
        when is_lost_queue then 'queue'
        when is_after_queue or leg_number > 1 then 'transfer'
        when is_outbound then 'outbound'
        when answered_at is null and not has_voicemail and not has_dialled and is_picked_up then 'self_service'
        else 'direct'
    end as leg_kind,
    case when is_outbound and not is_after_queue then 'outbound' else 'inbound' end as direction,
    case when is_lost_queue then queue_id end as queue_id,
    case when is_outbound and not is_after_queue then caller_peer_id when answered_at is not null then callee_peer_id end
        as agent_id,
    case when is_outbound then callee_token else caller_token end as customer_phone_token,
    case when leg_number = 1 and not is_after_queue then call_started_at else started_at end as offered_at,
    answered_at,
    ended_at,
    case when answered_at is not null then billed_seconds end as talk_seconds,
    {{ seconds_between('started_at', 'answered_at') }} as ring_seconds,
    case
        when answered_at is not null then 'answered'
        when is_lost_queue or is_after_queue then 'missed'
        when has_voicemail then 'voicemail'
        when has_dialled or not is_picked_up then 'missed'
        else 'self_service'
    end as outcome,
    is_inside and not is_after_queue as is_inside,
    is_lost_queue as is_suspect,
    _batch,
    _attempt,
    _page,
    _position
from described
inner join addresses on record_contact_id = contact_id and address_rank = record_rank
