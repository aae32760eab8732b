with

updates as (select * from {{ ref('stg_zendesk__updates') }}),
tickets as (select * from {{ ref('int_zendesk_tickets_newest') }}),
merges as (select * from {{ ref('int_zendesk_merges_found') }}),
agents as (select * from {{ ref('int_zendesk_agents_known') }}),

changes as (
    select
        'zendesk:' || updates.event_id as event_id,
        'zendesk:' || cast(updates.ticket_id as varchar(200)) as ticket_id,
        updates.occurred_at,
        case
            when updates.field in ('assignee_id', 'group_id') then replace(updates.field, '_id', '')
            else updates.field
        end as field,
        case when updates.field in ('assignee_id', 'group_id') then 'zendesk:' else '' end || updates.old_value as old_value,
        case when updates.field in ('assignee_id', 'group_id') then 'zendesk:' else '' end || updates.new_value as new_value,
        agents.agent_id as actor_id,
        case
            when updates.is_system or updates.actor_id_token is null then 'system'
            when agents.agent_id is not null then 'agent'
            else 'customer'
        end as actor_type,
        updates._batch,
        updates._attempt,
        updates._page,
        updates._position
    from updates
    left join agents on agents.user_id_token = updates.actor_id_token
    where updates.field in ('status', 'assignee_id', 'group_id', 'priority', 'tags')
),

merge_events as (
    select
        'zendesk:' || cast(ticket_id as varchar(200)) || ':merge' as event_id,
        'zendesk:' || cast(ticket_id as varchar(200)) as ticket_id,
        merged_at as occurred_at,
        'merge' as field,
        cast(null as varchar(200)) as old_value,
        merged_into_id as new_value,
        cast(null as varchar(200)) as actor_id,
        'system' as actor_type,
        _batch,
        _attempt,
        _page,
        _position
    from merges
),

delete_events as (
    select
        'zendesk:' || cast(ticket_id as varchar(200)) || ':delete' as event_id,
        'zendesk:' || cast(ticket_id as varchar(200)) as ticket_id,
        coalesce(updated_at, generated_at) as occurred_at,
        'delete' as field,
        cast(null as varchar(200)) as old_value,
        cast(null as varchar(200)) as new_value,
        cast(null as varchar(200)) as actor_id,
        'system' as actor_type,
        _batch,
        _attempt,
        _page,
        _position
    from tickets
    where status = 'deleted'
),

every_event as (
    select * from changes
    union all
    select * from merge_events
    union all
    select * from delete_events
)

select
    event_id,
    ticket_id,
    occurred_at,
    field,
    old_value,
    new_value,
    actor_id,
    actor_type,
    'zendesk' as source_system,
    _batch,
    _attempt,
    _page,
    _position
from every_event
