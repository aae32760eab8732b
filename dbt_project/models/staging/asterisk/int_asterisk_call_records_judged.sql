{{ config(materialized='table') }}
{#
    Which way a call record goes. Outbound: from an extension, or through the phone's own channel or context, to a telephone
    number. Inside: from one extension to another. A queue's records only say that the queue was tried.
#}
with

records as (select * from {{ ref('stg_asterisk__call_records') }}),

judged as (
    select
        records.*,
        coalesce(callee_type = 'phone', false)
        and (
            coalesce(caller_type in ('short', 'extension'), false)
            or coalesce(context like 'from-internal%', false)
            or coalesce({{ matches('caller_peer_id', '/[0-9]{2,6}$') }}, false)
        ) as is_outbound,
        coalesce(caller_type in ('short', 'extension') and callee_type in ('short', 'extension'), false) as is_inside,
        coalesce(application = 'queue', false) as is_queue,
        coalesce(application like 'voicemail%', false) as is_voicemail,
        coalesce(application = 'dial', false) or coalesce(callee_peer_id not like 'asterisk:Local/%', false) as is_dialled,
        disposition = 'ANSWERED'
        and answered_at is not null
        and coalesce(callee_peer_id not like 'asterisk:Local/%', false) as is_connected
    from records
)

select
    judged.*,
    row_number() over (partition by contact_id order by started_at, record_number, line_id) as record_rank
from judged
