{{ config(materialized='table') }}

select
    line_id,
    occurred_at,
    case when call_id not in ('NONE', 'CLI', 'MANAGER', 'REALTIME') then call_id end as call_id,
    case when queue <> 'NONE' then 'asterisk:' || queue end as queue_id,
    case when queue <> 'NONE' then queue end as queue_name,
    case when agent <> 'NONE' then 'asterisk:' || agent end as agent_id,
    event,
    caller_token as customer_phone_token,
    caller_type,
    wait_seconds,
    ring_seconds,
    talk_seconds,
    exit_outcome,
    lower(reason) as reason,
    _batch,
    _attempt,
    _page,
    _position
from (
    {{ newest_per_key(source('asterisk', 'queue_log'), ['line_id'], [
        '_landed_at desc', '_page desc', '_position desc', '_part desc', '_batch desc'
    ]) }}
) as lines
