{# One row per ticket that was merged or deleted, with the first moment of it. #}
with

tickets as (select * from {{ ref('int_tickets_resolved') }}),
events as (select * from {{ ref('int_ticket_events_resolved') }} where field in ('merge', 'delete')),

told as (
    select
        ticket_id,
        min(case when field = 'merge' then occurred_at end) as merged_at,
        min(case when field = 'delete' then occurred_at end) as deleted_at
    from events
    group by ticket_id
)

select
    tickets.ticket_id,
    least(
        case when tickets.merged_into_id is not null then coalesce(told.merged_at, tickets.version, tickets.created_at) end,
        case when tickets.is_deleted then coalesce(told.deleted_at, tickets.version, tickets.created_at) end
    ) as ended_at
from tickets
left join told on told.ticket_id = tickets.ticket_id
where tickets.merged_into_id is not null or tickets.is_deleted
