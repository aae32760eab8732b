{# One row per status change of a ticket, in order, with the status it left and the change that followed. #}
with

events as (select * from {{ ref('int_ticket_events_resolved') }} where field = 'status'),
tickets as (select * from {{ ref('int_tickets_resolved') }}),

sequenced as (
    select
        events.*,
        lag(events.new_value) over (
            partition by events.ticket_id order by events.occurred_at, length(events.event_id), events.event_id
        ) as told_before,
        coalesce(
            lead(events.occurred_at) over (
                partition by events.ticket_id order by events.occurred_at, length(events.event_id), events.event_id
            ),
            timestamp '9999-12-31 00:00:00+00'
        ) as next_at,
        row_number() over (
            partition by events.ticket_id order by events.occurred_at, length(events.event_id), events.event_id
        ) = 1 as is_first
    from events
)

select
    sequenced.event_id,
    sequenced.ticket_id,
    tickets.root_ticket_id,
    tickets.channel,
    sequenced.occurred_at,
    sequenced.next_at,
    sequenced.is_first,
    coalesce(sequenced.old_value, sequenced.told_before) as old_status,
    sequenced.new_value as new_status,
    sequenced.actor_id,
    sequenced.actor_type,
    sequenced.actor_team_id,
    sequenced.actor_is_bot,
    sequenced.is_told,
    sequenced.new_value in ('solved', 'closed')
    and coalesce(sequenced.old_value, sequenced.told_before, 'new') not in ('solved', 'closed') as is_solve,
    sequenced.new_value not in ('solved', 'closed', 'deleted')
    and coalesce(sequenced.old_value, sequenced.told_before, 'new') in ('solved', 'closed') as is_reopen
from sequenced
inner join tickets on tickets.ticket_id = sequenced.ticket_id
