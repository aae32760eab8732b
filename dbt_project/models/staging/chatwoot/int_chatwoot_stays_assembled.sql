{{ config(materialized='table') }}
{# One row per stay: the humans' part of a contact, cut at its bounds, up to the close. #}
with

contacts as (select * from {{ ref('int_chatwoot_contacts_framed') }} where human_from_place is not null),
bounds as (select * from {{ ref('int_chatwoot_stays_bounded') }}),
split as (select * from {{ ref('int_chatwoot_contacts_split') }}),

steps as (
    select
        split.*,
        bounds.leg_kind as bound_kind,
        count(bounds.place) over (
            partition by split.contact_id order by split.place rows between unbounded preceding and current row
        ) as bounds_so_far
    from split
    inner join contacts on contacts.contact_id = split.contact_id
    left join bounds on bounds.contact_id = split.contact_id and bounds.place = split.place
    where
        split.place >= contacts.human_from_place
        and (contacts.close_place is null or split.place <= contacts.close_place)
),

stays as (
    select
        contact_id,
        bounds_so_far as stay_number,
        max(bound_kind) as bound_kind,
        min(occurred_at) as began_at,
        max_by(team_in_force, place) as team_id,
        min(inbox_id) as inbox_id,
        min_by(agent_id, place) filter (where step = 'human') as replier_id,
        max_by(agent_id, place) filter (where step = 'assigned' and agent_id is not null) as assignee_id,
        min(occurred_at) filter (where step = 'human') as first_reply_at,
        min(occurred_at) filter (where step = 'assigned' and agent_id is not null) as assigned_at,
        min(occurred_at) filter (where step = 'customer') as first_customer_at,
        max(occurred_at) filter (where step in ('customer', 'human')) as last_word_at,
        max(occurred_at) filter (where step = 'customer') as last_customer_at
    from steps
    group by contact_id, bounds_so_far
)

select
    stays.*,
    contacts.conversation_id,
    contacts.start_step,
    contacts.started_at,
    contacts.closed_at,
    contacts.closed_by,
    case when stays.stay_number = 0 then contacts.human_from else stays.began_at end as offered_at,
    lead(stays.began_at) over (partition by stays.contact_id order by stays.stay_number) as next_began_at,
    lead(stays.replier_id) over (partition by stays.contact_id order by stays.stay_number) as next_replier_id,
    lead(stays.team_id) over (partition by stays.contact_id order by stays.stay_number) as next_team_id
from stays
inner join contacts on contacts.contact_id = stays.contact_id
