{# One row per ticket and stretch in which its group and the person behind its assignee stayed the same, since ever. #}
with

tickets as (select * from {{ ref('int_tickets_resolved') }}),
logins as (select * from {{ ref('int_agent_logins_effective') }}),

events as (
    select
        ticket_id,
        field,
        occurred_at,
        old_value,
        new_value,
        row_number() over (partition by ticket_id, field order by occurred_at, length(event_id), event_id) as place,
        coalesce(
            lead(occurred_at) over (partition by ticket_id, field order by occurred_at, length(event_id), event_id),
            timestamp '9999-12-31 00:00:00+00'
        ) as next_at
    from {{ ref('int_ticket_events_resolved') }}
    where field in ('group', 'assignee')
),

moments as (
    select ticket_id, timestamp '1970-01-01 00:00:00+00' as effective_from from tickets
    union
    select events.ticket_id, events.occurred_at as effective_from
    from events
    inner join tickets on tickets.ticket_id = events.ticket_id
),

valued as (
    select
        moments.ticket_id,
        moments.effective_from,
        coalesce(
            case
                when group_event.ticket_id is not null then group_event.new_value
                when first_group.ticket_id is not null then first_group.old_value
            end,
            tickets.group_id
        ) as group_id,
        case
            when assignee_event.ticket_id is not null then assignee_event.new_value
            when first_assignee.ticket_id is not null then first_assignee.old_value
            else tickets.source_assignee_id
        end as source_assignee_id
    from moments
    inner join tickets on tickets.ticket_id = moments.ticket_id
    left join events as group_event
        on
            group_event.ticket_id = moments.ticket_id
            and group_event.field = 'group'
            and group_event.occurred_at <= moments.effective_from
            and group_event.next_at > moments.effective_from
    left join events as assignee_event
        on
            assignee_event.ticket_id = moments.ticket_id
            and assignee_event.field = 'assignee'
            and assignee_event.occurred_at <= moments.effective_from
            and assignee_event.next_at > moments.effective_from
    left join events as first_group
        on first_group.ticket_id = moments.ticket_id and first_group.field = 'group' and first_group.place = 1
    left join events as first_assignee
        on first_assignee.ticket_id = moments.ticket_id and first_assignee.field = 'assignee' and first_assignee.place = 1
),

spans as (
    select
        valued.*,
        coalesce(
            lead(effective_from) over (partition by ticket_id order by effective_from),
            timestamp '9999-12-31 00:00:00+00'
        ) as effective_to
    from valued
)

select
    spans.ticket_id,
    spans.group_id,
    coalesce(logins.agent_id, spans.source_assignee_id) as assignee_id,
    greatest(spans.effective_from, coalesce(logins.effective_from, spans.effective_from)) as effective_from,
    least(spans.effective_to, coalesce(logins.effective_to, spans.effective_to)) as effective_to
from spans
left join logins
    on
        logins.login_id = spans.source_assignee_id
        and logins.effective_from < spans.effective_to
        and logins.effective_to > spans.effective_from
