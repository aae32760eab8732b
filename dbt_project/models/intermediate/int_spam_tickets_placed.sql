{{ config(materialized='ephemeral') }}
{# One row per spam ticket in the group it had when it was created, what changed in that moment included: later moves change nothing. #}
with

tickets as (select * from {{ ref('int_tickets_unioned') }} where coalesce(is_spam, false)),
events as (select * from {{ ref('int_ticket_events_unioned') }} where field = 'group'),

changes as (
    select
        tickets.ticket_id,
        events.old_value,
        events.new_value,
        events.occurred_at <= tickets.created_at as is_at_creation,
        row_number() over (
            partition by tickets.ticket_id order by events.occurred_at, length(events.event_id), events.event_id
        ) as place
    from tickets
    inner join events on events.ticket_id = tickets.ticket_id
),

telling as (
    select ticket_id, coalesce(max(case when is_at_creation then place end), 1) as place
    from changes
    group by ticket_id
)

select
    tickets.ticket_id,
    tickets.channel,
    tickets.created_at,
    coalesce(case when changes.is_at_creation then changes.new_value else changes.old_value end, tickets.group_id) as group_id
from tickets
left join telling on telling.ticket_id = tickets.ticket_id
left join changes on changes.ticket_id = telling.ticket_id and changes.place = telling.place
