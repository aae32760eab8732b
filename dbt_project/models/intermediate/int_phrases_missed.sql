{{ config(materialized='ephemeral') }}
{# One row per phrase that no human said in a transcribed call or a chat that is over, of those there are rules for: a greeting, the notice
   that the call is recorded (calls only), the words that end it. #}
with

contacts as (
    select * from {{ ref('int_contacts_assembled') }} where ended_at is not null and channel_group in ('voice', 'chat')
),
messages as (
    select *
    from {{ ref('int_messages_placed') }}
    where sender_type = 'agent' and is_screened and contact_id is not null
),
phrases as (
    select distinct rule_id as phrase
    from {{ ref('compliance_rules') }}
    where rule_id in ('greeting', 'recording_notice', 'sign_off')
),
said as (
    select distinct contact_id, rule_id as phrase
    from {{ ref('int_markers_placed') }}
    where kind = 'script' and sender_type = 'agent' and is_meant
),

ranked as (
    select
        messages.*,
        contacts.channel_group,
        row_number() over (partition by messages.contact_id order by messages.place) as from_first,
        row_number() over (partition by messages.contact_id order by messages.place desc) as from_last
    from messages
    inner join contacts on contacts.contact_id = messages.contact_id
)

select
    'missing_' || phrases.phrase as rule_id,
    ranked.*
from ranked
cross join phrases
left join said on said.contact_id = ranked.contact_id and said.phrase = phrases.phrase
where
    said.contact_id is null
    and case when phrases.phrase = 'sign_off' then ranked.from_last else ranked.from_first end = 1
    and (phrases.phrase <> 'recording_notice' or ranked.channel_group = 'voice')
