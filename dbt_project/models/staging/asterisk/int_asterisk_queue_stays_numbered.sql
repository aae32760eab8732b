{{ config(materialized='table') }}
{#
    An ENTERQUEUE begins a stay, unless the caller is in the queue already: the line was written twice. In the very second
    of a CONNECT, a COMPLETE or an ABANDON it is a repetition too; after an exit or a transfer the caller may be back at once.
#}
with

events as (select * from {{ ref('stg_asterisk__queue_events') }}),

stations as (
    select
        events.*,
        case
            when event = 'ENTERQUEUE' then 'enter'
            when event = 'CONNECT' then 'connect'
            when event in ('COMPLETEAGENT', 'COMPLETECALLER') then 'complete'
            when event in ('BLINDTRANSFER', 'ATTENDEDTRANSFER', 'TRANSFER') then 'transfer'
            when event in ('ABANDON', 'EXITWITHTIMEOUT', 'EXITEMPTY', 'LEAVEEMPTY', 'EXITWITHKEY', 'SYSCOMPAT') then 'exit'
            when event in ('JOINEMPTY', 'FULL', 'CLOSED') then 'blocked'
        end as station
    from events
    where call_id is not null and queue_id is not null
),

followed as (
    select
        stations.*,
        lag(station) over in_queue as previous_station,
        lag(event) over in_queue as previous_event,
        lag(occurred_at) over in_queue as previous_at
    from stations
    where station is not null
    window in_queue as (partition by call_id, queue_id order by occurred_at, _batch, _page, _position)
),

begun as (
    select
        followed.*,
        case
            when previous_station is null or station = 'blocked' or previous_station = 'blocked' then 1
            when station <> 'enter' or previous_station = 'enter' then 0
            when previous_at < occurred_at then 1
            when previous_station = 'transfer' or (previous_station = 'exit' and previous_event <> 'ABANDON') then 1
            else 0
        end as is_first
    from followed
)

select
    begun.*,
    sum(is_first) over (
        partition by call_id, queue_id
        order by occurred_at, _batch, _page, _position
        rows between unbounded preceding and current row
    ) as stay_number
from begun
