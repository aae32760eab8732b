with

tickets as (select * from {{ ref('int_zendesk_tickets_newest') }}),
users as (select * from {{ ref('int_zendesk_users_newest') }}),
merges as (select * from {{ ref('int_zendesk_merges_found') }}),

first_groups as (
    select
        ticket_id,
        max(new_value) as group_id
    from {{ ref('stg_zendesk__updates') }}
    where event_type = 'Create' and field = 'group_id'
    group by ticket_id
)

select
    'zendesk:' || cast(tickets.ticket_id as varchar(200)) as ticket_id,
    tickets.generated_at as version,
    tickets.created_at,
    tickets.status,
    tickets.priority,
    'zendesk:' || cast(tickets.group_id as varchar(200)) as group_id,
    'zendesk:' || cast(tickets.assignee_id as varchar(200)) as assignee_id,
    tickets.requester_id_token as customer_id_token,
    users.customer_phone_token,
    users.customer_email_token,
    tickets.via_channel as channel,
    'zendesk:' || coalesce(first_groups.group_id, cast(tickets.group_id as varchar(200))) as queue_id,
    tickets.topic,
    cast(null as varchar(200)) as tier,
    merges.merged_into_id,
    'zendesk:' || cast(tickets.followup_of_id as varchar(200)) as followup_of_id,
    tickets.status = 'deleted' as is_deleted,
    false as is_spam,
    coalesce(tickets.topic = 'complaint', false)
    or coalesce({{ matches('tickets.tags', '(^| )complaint( |$)') }}, false) as is_complaint,
    cast(null as varchar(200)) as complaint_about_agent_id,
    coalesce({{ matches('tickets.tags', '(^| )complex( |$)') }}, false) as is_complex,
    tickets.order_id_token,
    'zendesk' as source_system,
    tickets._batch,
    tickets._attempt,
    tickets._page,
    tickets._position
from tickets
left join users on users.user_id_token = tickets.requester_id_token and users.agent_id is null
left join merges on merges.ticket_id = tickets.ticket_id
left join first_groups on first_groups.ticket_id = tickets.ticket_id
