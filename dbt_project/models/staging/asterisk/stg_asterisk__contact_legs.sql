with

legs as (select * from {{ ref('int_asterisk_legs_unioned') }}),
records as (select * from {{ ref('int_asterisk_call_records_judged') }}),

calls as (
    select
        contact_id,
        max(case when record_rank = 1 and not is_outbound and not is_inside then caller_token end) as caller_token,
        max(case when is_voicemail then ended_at end) as voicemail_ended_at,
        max_by(call_topic, case when call_topic is not null then record_rank end) as topic,
        max_by(call_disposition, case when call_disposition is not null then record_rank end) as disposition
    from records
    group by contact_id
),

handed_on as (
    select
        legs.*,
        coalesce(transfer_kind is not null or outcome = 'overflow', false)
        and coalesce(next_offered_at <= {{ plus_seconds('legs.ended_at', '5') }}, false) as is_handed_on,
        outcome in ('overflow', 'flow_out') and next_leg_id is null and calls.voicemail_ended_at >= legs.ended_at is true
            as is_voicemail,
        calls.caller_token,
        calls.topic,
        calls.disposition
    from legs
    left join calls on calls.contact_id = legs.contact_id
)

select
    contact_leg_id,
    contact_id,
    'phone' as channel,
    'voice' as channel_group,
    leg_kind,
    direction,
    queue_id,
    agent_id,
    cast(null as varchar(200)) as customer_id_token,
    coalesce(customer_phone_token, contact_phone_token, caller_token) as customer_phone_token,
    cast(null as varchar(200)) as customer_email_token,
    offered_at,
    nullif(offered_at, offered_at) as assigned_at,
    answered_at,
    ended_at,
    wait_seconds,
    ring_seconds,
    cast(talk_seconds as decimal(18, 6)) as talk_seconds,
    cast(null as decimal(18, 6)) as hold_seconds,
    acw_seconds,
    acw_status,
    case when is_voicemail then 'voicemail' else outcome end as outcome,
    disconnected_by,
    case when is_handed_on and next_leg_kind = 'queue' then next_queue_id end as transferred_to_queue,
    case when is_handed_on and next_leg_kind = 'transfer' then next_agent_id end as transferred_to_agent,
    transfer_kind,
    topic,
    cast(null as boolean) as is_resolved,
    disposition,
    cast(null as boolean) as has_lead,
    cast(null as boolean) as is_complaint,
    cast(null as varchar(200)) as complaint_about_agent_id,
    cast(null as boolean) as is_risk_flagged,
    false as is_test,
    is_inside_contact as is_internal,
    false as is_spam,
    cast(null as varchar(200)) as ticket_id,
    cast(null as varchar(200)) as order_id_token,
    'asterisk' as source_system,
    _batch,
    _attempt,
    _page,
    _position,
    is_suspect
from handed_on
