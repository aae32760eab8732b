{{ config(materialized='ephemeral') }}
{# One row per ticket and stretch of one priority, since ever. #}
with

tickets as (select * from {{ ref('int_tickets_resolved') }}),
events as (
    select
        ticket_id,
        old_value,
        new_value,
        occurred_at,
        row_number() over (partition by ticket_id order by occurred_at, length(event_id), event_id) as place,
        coalesce(
            lead(occurred_at) over (partition by ticket_id order by occurred_at, length(event_id), event_id),
            timestamp '9999-12-31 00:00:00+00'
        ) as next_at
    from {{ ref('int_ticket_events_resolved') }}
    where field = 'priority'
)

select ticket_id, new_value as priority, occurred_at as effective_from, next_at as effective_to
from events
union all
select
    tickets.ticket_id,
    case when first_events.ticket_id is not null then first_events.old_value else tickets.priority end as priority,
    timestamp '1970-01-01 00:00:00+00' as effective_from,
    coalesce(first_events.occurred_at, timestamp '9999-12-31 00:00:00+00') as effective_to
from tickets
left join events as first_events on first_events.ticket_id = tickets.ticket_id and first_events.place = 1
