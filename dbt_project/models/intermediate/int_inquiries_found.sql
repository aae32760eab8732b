{# One row per inquiry: an inbound contact of a known person with a human whose topic is not after-sales. Without orders there are none. #}
with

contacts as (select * from {{ ref('int_contacts_assembled') }} where is_inbound and is_handled and person_key is not null),
topics as (select * from {{ ref('topics') }} where is_after_sales)

select
    contacts.contact_id,
    contacts.contact_kind,
    case when contacts.contact_kind = 'turn' then contacts.ticket_id end as ticket_id,
    contacts.person_key,
    contacts.started_at,
    {{ local_date('contacts.started_at') }} as inquired_on,
    contacts.channel,
    contacts.channel_group,
    contacts.queue_id,
    contacts.as_of
from contacts
left join topics on topics.topic = contacts.topic
where topics.topic is null and exists (select 1 from {{ ref('int_orders_unioned') }})
