{# One row per public message that a customer or a human wrote by hand, with the contact it belongs to: the chat or call, and of a ticket
   that the customer opened the turn begun last. Those of excluded contacts and spam tickets are left out. #}
with

messages as (
    select
        *,
        coalesce(contact_id, ticket_id) as thread_id,
        case when contact_id is not null then 'chat' else 'ticket' end as thread_kind
    from {{ ref('int_messages_resolved') }}
),
contacts as (select contact_id, contact_kind from {{ ref('int_contacts_assembled') }}),
all_contacts as (select distinct contact_id from {{ ref('int_contact_legs_unioned') }}),
spam_tickets as (select ticket_id from {{ ref('int_tickets_unioned') }} where is_spam),
screened as (
    select distinct subject_id, _batch, _attempt, _page, _position
    from {{ ref('int_markers_unioned') }}
    where subject_kind = 'message'
),

placed as (
    select
        messages.*,
        screened.subject_id is not null as is_screened,
        row_number() over in_thread as place,
        lag(messages.sender_type) over in_thread as sender_before
    from messages
    left join screened
        on
            screened.subject_id = messages.message_id
            and screened._batch = messages._batch
            and screened._attempt = messages._attempt
            and screened._page = messages._page
            and screened._position = messages._position
    window in_thread as (
        partition by messages.thread_id, messages.thread_kind
        order by messages.sent_at, length(messages.message_id), messages.message_id
    )
),

begun as (
    select
        placed.*,
        case
            when thread_kind = 'ticket' and sender_type = 'customer' and coalesce(sender_before, 'agent') = 'agent'
                then thread_id || '#' || cast(place as varchar)
        end as begun_turn_id
    from placed
),

found as (
    select
        begun.*,
        max(case when turns.contact_id is not null then begun.place end) over (
            partition by begun.thread_id, begun.thread_kind order by begun.place
            rows between unbounded preceding and current row
        ) as turn_place
    from begun
    left join contacts as turns on turns.contact_id = begun.begun_turn_id and turns.contact_kind = 'turn'
)

select
    found.message_id,
    found.thread_id,
    found.thread_kind,
    case
        when found.thread_kind = 'chat' then found.contact_id
        when found.turn_place is not null then found.thread_id || '#' || cast(found.turn_place as varchar)
    end as contact_id,
    case when found.thread_kind = 'ticket' then found.ticket_id end as ticket_id,
    found.sender_type,
    found.sent_at,
    found.agent_id,
    found.team_id,
    found.place,
    found.is_screened,
    found.source_system,
    found._batch,
    found._attempt,
    found._page,
    found._position
from found
left join contacts on contacts.contact_id = found.contact_id
left join all_contacts on all_contacts.contact_id = found.contact_id
left join spam_tickets on spam_tickets.ticket_id = found.ticket_id
where
    (all_contacts.contact_id is null or contacts.contact_id is not null)
    and spam_tickets.ticket_id is null
