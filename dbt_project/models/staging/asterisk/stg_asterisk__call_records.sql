{{ config(materialized='table') }}

select
    line_id,
    unique_id,
    linked_id,
    sequence as record_number,
    'asterisk:' || linked_id as contact_id,
    started_at,
    answered_at,
    ended_at,
    caller_token,
    caller_type,
    callee_token,
    callee_type,
    context,
    case when channel <> '' then 'asterisk:' || regexp_replace(channel, '-[^-]*$', '') end as caller_peer_id,
    case
        when destination_channel <> '' then 'asterisk:' || regexp_replace(destination_channel, '-[^-]*$', '')
    end as callee_peer_id,
    lower(application) as application,
    case when queue <> '' then 'asterisk:' || queue end as queue_id,
    billed_seconds,
    disposition,
    call_topic,
    call_disposition,
    _batch,
    _attempt,
    _page,
    _position
from (
    {{ newest_per_key(source('asterisk', 'cdr'), ['line_id'], [
        '_landed_at desc', '_page desc', '_position desc', '_part desc', '_batch desc'
    ]) }}
) as records
