{{ config(materialized='table') }}
{# What the lines of one stay say together; of repeated lines the first counts. #}
with

events as (select * from {{ ref('int_asterisk_queue_stays_numbered') }}),

ranked as (
    select
        events.*,
        case when station in ('complete', 'transfer', 'exit') then 'close' else station end as part,
        row_number() over (
            partition by
                call_id,
                queue_id,
                stay_number,
                case when station in ('complete', 'transfer', 'exit') then 'close' else station end
            order by occurred_at, case when station = 'transfer' then 0 else 1 end, _batch, _page, _position
        ) as rank_in_part,
        row_number() over (
            partition by call_id, queue_id, stay_number order by occurred_at, _batch, _page, _position
        ) as rank_in_stay
    from events
)

select
    call_id,
    queue_id,
    stay_number,
    min(occurred_at) as first_at,
    max(occurred_at) as last_at,
    min(case when part = 'enter' then occurred_at end) as entered_at,
    max(case when part = 'enter' and rank_in_part = 1 then customer_phone_token end) as customer_phone_token,
    max(case when part = 'enter' and rank_in_part = 1 then caller_type end) as caller_type,
    min(case when part = 'connect' then occurred_at end) as connected_at,
    max(case when part = 'connect' and rank_in_part = 1 then agent_id end) as agent_id,
    max(case when part = 'connect' and rank_in_part = 1 then wait_seconds end) as connect_wait_seconds,
    max(case when part = 'connect' and rank_in_part = 1 then ring_seconds end) as ring_seconds,
    count(distinct case when part = 'connect' then agent_id end) as connected_agents,
    max(case when part = 'close' and rank_in_part = 1 then event end) as close_event,
    max(case when part = 'close' and rank_in_part = 1 then station end) as close_station,
    min(case when part = 'close' then occurred_at end) as closed_at,
    max(case when part = 'close' and rank_in_part = 1 then agent_id end) as close_agent_id,
    max(case when part = 'close' and rank_in_part = 1 then wait_seconds end) as close_wait_seconds,
    max(case when part = 'close' and rank_in_part = 1 then talk_seconds end) as talk_seconds,
    max(case when part = 'close' and rank_in_part = 1 then exit_outcome end) as exit_outcome,
    count(distinct case when part = 'close' then (case when station = 'exit' then 'left' else 'handled' end) end)
        as close_kinds,
    max(case when part = 'blocked' then 1 else 0 end) = 1 as is_blocked,
    max(case when rank_in_stay = 1 then _batch end) as _batch,
    max(case when rank_in_stay = 1 then _attempt end) as _attempt,
    max(case when rank_in_stay = 1 then _page end) as _page,
    max(case when rank_in_stay = 1 then _position end) as _position
from ranked
group by call_id, queue_id, stay_number
