{# One row per contact or ticket with the issue it belongs to. #}
with

contacts as (select * from {{ ref('int_contacts_assembled') }}),
tickets as (select * from {{ ref('int_tickets_resolved') }}),

on_tickets as (
    select
        contacts.*,
        coalesce(tickets.root_ticket_id, contacts.ticket_id) as root_ticket_id
    from contacts
    left join tickets on tickets.ticket_id = contacts.ticket_id
    where contacts.is_inbound or contacts.ticket_id is not null
),

gaps as (
    select
        contact_id,
        person_key,
        topic,
        started_at,
        {{ seconds_between(
            'lag(coalesce(ended_at, last_seen_at)) over (partition by person_key, topic order by started_at, contact_id)',
            'started_at'
        ) }} as gap_seconds
    from on_tickets
    where root_ticket_id is null and person_key is not null
),

sessions as (
    select
        gaps.*,
        sum(case when gap_seconds <= {{ var('resolution_window_seconds') }} then 0 else 1 end) over (
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
    as_of
from tickets
