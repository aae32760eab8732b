with

legs as (select * from {{ ref('int_chatwoot_legs_unioned') }}),
customers as (select * from {{ ref('int_chatwoot_contact_customers') }}),

addresses as (
    select
        'chatwoot:' || cast(conversation_id as varchar(200)) || ':' || cast(message_id as varchar(200)) as contact_id,
        inbox_id,
        _batch,
        _attempt,
        _page,
        _position
    from {{ ref('stg_chatwoot__lines') }}
),

placed as (
    select
        legs.*,
        coalesce(legs.team_id, customers.team_id) as queue_team_id,
        coalesce(legs.inbox_id, addresses.inbox_id) as queue_inbox_id,
        customers.customer_id_token,
        customers.customer_phone_token,
        customers.customer_email_token,
        customers.topic,
        customers.labels,
        customers.disposition,
        customers.order_id_token,
        customers.ticket_id,
        addresses._batch,
        addresses._attempt,
        addresses._page,
        addresses._position
    from legs
    left join customers on customers.conversation_id = legs.conversation_id
    left join addresses on addresses.contact_id = legs.contact_id
)

select
    contact_leg_id,
    contact_id,
    'chat' as channel,
    'chat' as channel_group,
    leg_kind,
    direction,
    case
        when leg_kind = 'self_service' then cast(null as varchar(200))
        when queue_team_id is not null then 'chatwoot:team:' || cast(queue_team_id as varchar(200))
        else 'chatwoot:inbox:' || cast(queue_inbox_id as varchar(200))
    end as queue_id,
    'chatwoot:' || cast(agent_id as varchar(200)) as agent_id,
    customer_id_token,
    customer_phone_token,
    customer_email_token,
    offered_at,
    assigned_at,
    answered_at,
    ended_at,
    {{ seconds_between('offered_at', 'coalesce(answered_at, ended_at)') }} as wait_seconds,
    cast(null as decimal(18, 6)) as ring_seconds,
    {{ seconds_between('answered_at', 'ended_at') }} as talk_seconds,
    cast(null as decimal(18, 6)) as hold_seconds,
    cast(null as decimal(18, 6)) as acw_seconds,
    'not_measured' as acw_status,
    outcome,
    disconnected_by,
    'chatwoot:team:' || cast(transferred_to_team_id as varchar(200)) as transferred_to_queue,
    'chatwoot:' || cast(transferred_to_agent_id as varchar(200)) as transferred_to_agent,
    case when is_transferred then 'blind' end as transfer_kind,
    topic,
    cast(null as boolean) as is_resolved,
    case when leg_kind <> 'self_service' then disposition end as disposition,
    cast(null as boolean) as has_lead,
    coalesce(topic = 'complaint', false) or coalesce({{ matches('labels', '(^| )complaint( |$)') }}, false) as is_complaint,
    cast(null as varchar(200)) as complaint_about_agent_id,
    cast(null as boolean) as is_risk_flagged,
    false as is_test,
    false as is_internal,
    false as is_spam,
    ticket_id,
    order_id_token,
    'chatwoot' as source_system,
    _batch,
    _attempt,
    _page,
    _position
from placed
