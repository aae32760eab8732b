{# One row per contact or ticket with the issue it belongs to. #}
with

contacts as (select * from {{ ref('int_contacts_assembled') }}),
followed as (select * from {{ ref('int_contacts_followed') }}),
assignments as (select * from {{ ref('int_ticket_assignments_spanned') }}),

tickets as (
    select
        tickets.*,
        coalesce(tickets.queue_id, assignments.group_id) as first_queue_id
    from {{ ref('int_tickets_resolved') }} as tickets
    left join assignments
        on
            assignments.ticket_id = tickets.ticket_id
            and assignments.effective_from <= tickets.created_at
            and assignments.effective_to > tickets.created_at
),

on_tickets as (
    select
        contacts.*,
        case when contacts.contact_kind = 'turn' then tickets.first_queue_id else contacts.queue_id end as first_queue_id,
        coalesce(tickets.root_ticket_id, contacts.ticket_id) as root_ticket_id
    from contacts
    left join tickets on tickets.ticket_id = contacts.ticket_id
    where contacts.is_inbound or contacts.ticket_id is not null
),

gaps as (
    select
        on_tickets.contact_id,
        on_tickets.person_key,
        on_tickets.topic,
        on_tickets.started_at,
        {{ seconds_between('lag(coalesce(on_tickets.ended_at, on_tickets.last_seen_at)) over in_turn', 'on_tickets.started_at') }}
        <= lag(followed.window_seconds) over in_turn as is_close
    from on_tickets
    left join followed on followed.contact_id = on_tickets.contact_id
    where on_tickets.root_ticket_id is null and on_tickets.person_key is not null
    window in_turn as (
        partition by on_tickets.person_key, on_tickets.topic order by on_tickets.started_at, on_tickets.contact_id
    )
),

sessions as (
    select
        gaps.*,
        sum(case when is_close then 0 else 1 end) over (
            partition by person_key, topic order by started_at, contact_id
            rows between unbounded preceding and current row
        ) as session_number
    from gaps
),

named as (
    select
        contact_id,
        first_value(contact_id) over (
            partition by person_key, topic, session_number order by started_at, contact_id
            rows between unbounded preceding and current row
        ) as issue_id
    from sessions
)

select
    coalesce(on_tickets.root_ticket_id, named.issue_id, on_tickets.contact_id) as issue_id,
    case when on_tickets.is_inbound then 'contact' else 'outbound' end as member_kind,
    on_tickets.contact_id as member_id,
    on_tickets.started_at,
    on_tickets.channel,
    on_tickets.channel_group,
    on_tickets.first_queue_id,
    on_tickets.as_of
from on_tickets
left join named on named.contact_id = on_tickets.contact_id
union all
select
    root_ticket_id as issue_id,
    'ticket' as member_kind,
    ticket_id as member_id,
    created_at as started_at,
    channel,
    'written' as channel_group,
    first_queue_id,
    as_of
from tickets
