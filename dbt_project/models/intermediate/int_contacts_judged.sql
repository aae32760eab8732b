{{ config(materialized='ephemeral') }}
{# One row per contact: is it a first contact, was it resolved for good, is the record of it complete. #}
with

contacts as (select * from {{ ref('int_contacts_assembled') }}),
followed as (select * from {{ ref('int_contacts_followed') }}),
unresolved as (select * from {{ ref('int_contacts_unresolved') }}),
incomplete as (select * from {{ ref('int_contacts_incomplete') }}),

told as (
    select
        contacts.*,
        contacts.is_handled and contacts.ended_at is not null as is_over,
        followed.contact_id is not null as is_identified,
        coalesce(followed.has_come_before, false) as has_come_before,
        ({{ seconds_between('contacts.ended_at', 'contacts.as_of') }} > followed.window_seconds) is true
        and not followed.is_undecided as is_window_passed,
        ({{ seconds_between('contacts.ended_at', 'contacts.as_of') }} > {{ var('record_window_seconds') }}) is true as is_record_window_passed,
        incomplete.contact_id is null as has_every_field,
        coalesce(contacts.is_resolved, true)
        and unresolved_contact.subject_id is null
        and unresolved_ticket.subject_id is null
        and not coalesce(followed.is_undone, false) as is_left_resolved,
        coalesce(followed.has_come_again, false) as has_come_again,
        coalesce(followed.has_come_again_in_channel, false) as has_come_again_in_channel
    from contacts
    left join followed on followed.contact_id = contacts.contact_id
    left join incomplete on incomplete.contact_id = contacts.contact_id
    left join unresolved as unresolved_contact on unresolved_contact.subject_id = contacts.contact_id
    left join unresolved as unresolved_ticket on unresolved_ticket.subject_id = contacts.ticket_id
)

select
    told.*,
    is_over and is_inbound as is_inbound_handled,
    is_over and is_inbound and is_identified as is_inbound_identified,
    is_over and is_identified and not has_come_before and is_window_passed as is_fcr_base,
    is_over and is_identified and not has_come_before and not is_window_passed as is_fcr_pending,
    is_over and is_identified and not has_come_before and is_window_passed
    and is_left_resolved and not has_come_again_in_channel as is_first_contact_resolved,
    is_over and is_identified and not has_come_before and is_window_passed
    and is_left_resolved and not has_come_again as is_first_contact_resolved_anywhere,
    is_over and is_record_window_passed as is_record_due,
    is_over and not is_record_window_passed as is_record_pending,
    is_over and is_record_window_passed and has_every_field as is_record_complete
from told
