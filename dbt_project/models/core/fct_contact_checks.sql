{# A contact stands once for the places (company, channel, queue), once for each team and once for each agent who wrote or was reviewed in
   it; `counted_scopes` says which scopes of the marts count the row. #}
with

contacts as (select *, {{ local_date('ended_at') }} as ended_on from {{ ref('int_contacts_assembled') }}),
signs as (select * from {{ ref('int_check_signs_gathered') }}),
customers as (
    select
        contact_id,
        bool_or(is_screened) as is_screened
    from {{ ref('int_messages_placed') }}
    where sender_type = 'customer' and contact_id is not null
    group by contact_id
),
moods as (
    select
        contact_id,
        max(case when polarity = 'negative' then place end) as last_negative_place,
        max(case when polarity = 'positive' then place end) as last_positive_place
    from {{ ref('int_markers_placed') }}
    where kind = 'sentiment' and sender_type = 'customer' and is_meant
    group by contact_id
),

judged as (
    select
        signs.*,
        case when contacts.contact_kind = 'turn' then contacts.ticket_id end as ticket_id,
        signs.counted_scopes = '{{ place_scopes() }}' as is_place,
        contacts.channel,
        contacts.channel_group,
        case when contacts.is_handled then contacts.last_queue_id else contacts.final_queue_id end as queue_id,
        contacts.ended_on,
        case when signs.is_screened and contacts.contact_id is not null then contacts.ended_on else signs.reviewed_on end as checked_on,
        contacts.ended_on is not null and contacts.is_handled as is_handled,
        contacts.ended_on is not null and contacts.is_inbound as is_inbound,
        contacts.ended_on is not null and coalesce(customers.is_screened, false) as is_customer_screened,
        signs.is_screened or signs.has_review as is_check_due,
        moods.last_negative_place,
        moods.last_positive_place
    from signs
    left join contacts on contacts.contact_id = signs.contact_id
    left join customers on customers.contact_id = signs.contact_id
    left join moods on moods.contact_id = signs.contact_id
    where contacts.contact_id is not null or signs.has_review
)

select
    contact_id || '|' || counted_scopes || '|' || coalesce(team_id, agent_id, '') as check_id,
    contact_id,
    ticket_id,
    counted_scopes,
    channel,
    channel_group,
    queue_id,
    team_id,
    agent_id as writer_id,
    ended_on,
    checked_on,
    is_check_due and not has_open_review as is_checked,
    is_check_due and has_open_review as is_check_pending,
    is_check_due and not has_open_review and not has_critical_finding as is_passed,
    is_check_due and not has_open_review and has_leak as is_leaked,
    is_customer_screened and (is_place or first_place is not null) as is_mood_screened,
    is_customer_screened and (last_negative_place > case when is_place then 0 else first_place end) is true as has_negative_mood,
    is_customer_screened and (last_positive_place > case when is_place then 0 else first_place end) is true as has_positive_mood,
    is_place and is_handled as is_check_wanted,
    is_place and is_handled and is_screened as is_text_checked,
    is_place and is_inbound as is_mood_wanted,
    is_place and is_inbound and is_customer_screened as is_mood_covered
from judged
