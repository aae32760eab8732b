with

contacts as (select * from {{ ref('int_contacts_assembled') }}),
followed as (select * from {{ ref('int_contacts_followed') }}),
unresolved as (select * from {{ ref('int_contacts_unresolved') }}),
turns as (select * from {{ ref('int_turns_credited') }}),
entries as (select * from {{ ref('int_contact_entries_judged') }}),

first_turns as (
    select case when thread_kind = 'chat' then thread_id else turn_id end as contact_id, turns.*
    from turns
    where thread_kind = 'ticket' or turn_number = 1
),

judged as (
    select
        contacts.*,
        first_turns.started_at as response_started_at,
        first_turns.queue_id as response_queue_id,
        first_turns.credited_agent_id as response_agent_id,
        first_turns.credited_team_id as response_team_id,
        first_turns.is_replied,
        first_turns.is_response_counted,
        first_turns.is_response_pending,
        first_turns.is_reply_due,
        first_turns.is_reply_pending,
        first_turns.reply_seconds,
        contacts.is_handled
        and contacts.ended_at is not null
        and followed.contact_id is not null
        and not coalesce(followed.has_come_before, false) as is_first_contact,
        ({{ seconds_between('contacts.ended_at', 'contacts.as_of') }} > followed.window_seconds) is true as is_window_passed,
        coalesce(contacts.is_resolved, true)
        and unresolved_contact.subject_id is null
        and unresolved_ticket.subject_id is null
        and not coalesce(followed.has_come_again, false)
        and not coalesce(followed.is_undone, false) as is_resolved_first
    from contacts
    left join followed on followed.contact_id = contacts.contact_id
    left join unresolved as unresolved_contact on unresolved_contact.subject_id = contacts.contact_id
    left join unresolved as unresolved_ticket on unresolved_ticket.subject_id = contacts.ticket_id
    left join first_turns on first_turns.contact_id = contacts.contact_id
)

select
    judged.contact_id,
    contact_kind,
    channel,
    channel_group,
    is_inbound,
    queue_id,
    topic,
    ticket_id,
    person_key,
    started_at,
    ended_at,
    {{ local_date('started_at') }} as started_on,
    {{ local_date('ended_at') }} as ended_on,
    is_handled,
    has_reached_queue,
    last_queue_id,
    last_agent_id,
    last_team_id,
    response_started_at,
    {{ local_date('response_started_at') }} as response_started_on,
    response_queue_id,
    response_agent_id,
    response_team_id,
    contact_kind = 'legs' and is_inbound and is_handled and ended_at is not null and has_lead is not null as is_lead_told,
    contact_kind = 'legs' and is_inbound and is_handled and ended_at is not null and coalesce(has_lead, false) as is_lead,
    coalesce(is_response_counted, false) as is_response_counted,
    coalesce(is_response_pending, false) as is_response_pending,
    case when is_response_counted then reply_seconds end as response_seconds,
    coalesce(is_reply_due, false) as is_reply_due,
    coalesce(is_reply_pending, false) as is_reply_pending,
    coalesce(is_reply_due and not is_replied, false) as is_never_replied,
    is_first_contact and is_window_passed as is_fcr_base,
    is_first_contact and not is_window_passed as is_fcr_pending,
    is_first_contact and is_window_passed and is_resolved_first as is_first_contact_resolved,
    entries.entered_on,
    entries.entry_queue_id,
    entries.entry_owner_team_id,
    entries.called_on,
    entries.call_queue_id,
    entries.call_owner_team_id,
    entries.last_handled_on,
    entries.first_queue_id,
    entries.bot_ended_on,
    entries.bot_queue_id,
    entries.bot_team_id,
    entries.bot_agent_id,
    coalesce(entries.is_contact_offered, false) as is_contact_offered,
    coalesce(entries.is_contact_short, false) as is_contact_short,
    coalesce(entries.is_contact_in_target_base, false) as is_contact_in_target_base,
    coalesce(entries.is_contact_in_target, false) as is_contact_in_target,
    coalesce(entries.is_contact_wait_measured, false) as is_contact_wait_measured,
    coalesce(entries.is_contact_wait_pending, false) as is_contact_wait_pending,
    coalesce(entries.is_call, false) as is_call,
    coalesce(entries.is_contact_handled, false) as is_contact_handled,
    coalesce(entries.is_contact_handle_final, false) as is_contact_handle_final,
    coalesce(entries.is_contact_handle_pending, false) as is_contact_handle_pending,
    coalesce(entries.is_contact_talk_hold_final, false) as is_contact_talk_hold_final,
    coalesce(entries.is_contact_talk_hold_pending, false) as is_contact_talk_hold_pending,
    coalesce(entries.is_bot_contact, false) as is_bot_contact,
    coalesce(entries.is_bot_contact_settled, false) as is_bot_contact_settled,
    coalesce(entries.is_bot_pending, false) as is_bot_pending,
    coalesce(entries.is_bot_contained, false) as is_bot_contained,
    coalesce(entries.is_self_service, false) as is_self_service,
    entries.contact_wait_seconds,
    entries.handle_seconds as contact_handle_seconds
from judged
left join entries on entries.contact_id = judged.contact_id
