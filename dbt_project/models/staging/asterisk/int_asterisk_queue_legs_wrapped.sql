{{ config(materialized='table') }}
{#
    Queue legs with their after-call work. measured: a wrap-up pause followed and has ended. pending: it runs, or may still
    begin (five minutes). missing: none followed, though the queue's agents take them by then, or its end was lost.
    not_measured: no leg of this queue had been followed by one yet, so that a number once settled does not move when a PBX
    introduces wrap-up.
#}
with

legs as (select * from {{ ref('int_asterisk_queue_legs_judged') }}),
wrapups as (select * from {{ ref('int_asterisk_wrapups_matched') }}),

introduced as (
    select queue_id, min(leg_ended_at) as introduced_at
    from wrapups
    group by queue_id
)

select
    legs.*,
    case
        when legs.outcome <> 'answered' then null
        when legs.ended_at is null then 'pending'
        when wrapups.ended_at is not null then 'measured'
        when wrapups.is_followed_by_call then 'missing'
        when wrapups.started_at is not null then 'pending'
        when introduced.introduced_at is null or legs.ended_at < introduced.introduced_at then 'not_measured'
        when {{ seconds_between('legs.ended_at', source_as_of('asterisk')) }} <= 300 then 'pending'
        else 'missing'
    end as acw_status,
    {{ seconds_between('wrapups.started_at', 'wrapups.ended_at') }} as acw_seconds
from legs
left join introduced on introduced.queue_id = legs.queue_id
left join wrapups
    on
        wrapups.call_id = legs.call_id
        and wrapups.queue_id = legs.queue_id
        and wrapups.stay_number = legs.stay_number
