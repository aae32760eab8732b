{{ config(materialized='ephemeral') }}
{# One row per contact that is over and in which the customer wrote a risk marker: was it flagged, or its issue escalated, from the
   contact's start until the window after its end. #}
with

contacts as (select * from {{ ref('int_contacts_assembled') }} where ended_at is not null),
marked as (
    select distinct contact_id
    from {{ ref('int_markers_placed') }}
    where kind = 'risk' and sender_type = 'customer' and is_meant
),
flagged as (select distinct contact_id from {{ ref('int_contact_legs_measured') }} where is_counted and is_risk_flagged),
members as (select * from {{ ref('int_issue_members_assigned') }} where member_kind <> 'ticket'),
escalations as (select * from {{ ref('int_escalations_found') }}),

raised as (
    select
        contacts.contact_id,
        {{ seconds_between('contacts.ended_at', 'contacts.as_of') }} > {{ var('risk_window_seconds') }} as is_window_passed,
        bool_or(
            escalations.escalated_at >= contacts.started_at
            and {{ seconds_between('contacts.ended_at', 'escalations.escalated_at') }} <= {{ var('risk_window_seconds') }}
        ) as is_escalated
    from contacts
    inner join marked on marked.contact_id = contacts.contact_id
    left join members on members.member_id = contacts.contact_id
    left join escalations on escalations.issue_id = members.issue_id
    group by 1, 2
)

select
    raised.contact_id,
    coalesce(raised.is_window_passed, false) as is_window_passed,
    coalesce(raised.is_escalated, false) as is_escalated,
    flagged.contact_id is not null as is_flagged
from raised
left join flagged on flagged.contact_id = raised.contact_id
