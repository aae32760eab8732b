{{ config(materialized='ephemeral') }}
{# One row per spam ticket in the group it was created in: later moves change nothing. #}
with

tickets as (select * from {{ ref('int_tickets_unioned') }} where coalesce(is_spam, false)),
group_changes as (select * from {{ ref('int_ticket_events_unioned') }} where field = 'group'),

first_groups as (
    select * from (
        select
            ticket_id,
            old_value as group_id,
            row_number() over (partition by ticket_id order by occurred_at, length(event_id), event_id) as place
        from group_changes
    ) as changes
    where place = 1
)

select
    tickets.ticket_id,
    tickets.channel,
    tickets.created_at,
    coalesce(first_groups.group_id, tickets.group_id) as group_id
from tickets
left join first_groups on first_groups.ticket_id = tickets.ticket_id
