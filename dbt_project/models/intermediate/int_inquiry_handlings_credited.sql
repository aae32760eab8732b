{# One row per handling of an inquiry by a human: a handled leg when it was answered, a written reply when it was sent. #}
with

inquiries as (select * from {{ ref('int_inquiries_found') }}),
legs as (select * from {{ ref('int_contact_legs_measured') }} where is_handled),
turns as (select * from {{ ref('int_turns_credited') }} where thread_kind = 'ticket' and is_replied)

select
    inquiries.person_key,
    inquiries.started_at as inquired_at,
    legs.contact_leg_id as handling_id,
    legs.answered_at as handled_at,
    legs.channel,
    legs.channel_group,
    legs.queue_id,
    legs.resolved_agent_id as agent_id,
    legs.team_id
from inquiries
inner join legs on legs.contact_id = inquiries.contact_id
where inquiries.contact_kind = 'legs'
union all
select
    inquiries.person_key,
    inquiries.started_at as inquired_at,
    turns.turn_id as handling_id,
    turns.replied_at as handled_at,
    turns.channel,
    turns.channel_group,
    turns.queue_id,
    turns.credited_agent_id as agent_id,
    turns.credited_team_id as team_id
from inquiries
inner join turns on turns.turn_id = inquiries.contact_id
where inquiries.contact_kind = 'turn'
