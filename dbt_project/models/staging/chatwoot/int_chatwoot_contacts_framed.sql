{{ config(materialized='table') }}
{#
    One row per contact: when it began, was handed over to humans, closed, and by whom. A bot's part ends at its hand-over event;
    where the account has no such events, at the first assignment or at the first human word.
#}
with

steps as (select * from {{ ref('int_chatwoot_contacts_split') }} where contact_id is not null),

framed as (
    select
        conversation_id,
        contact_number,
        contact_id,
        max(start_step) as start_step,
        min(occurred_at) filter (where step in ('customer', 'human', 'bot')) as started_at,
        min(place) filter (where step in ('customer', 'human', 'bot')) as first_place,
        bool_or(step = 'bot') as has_bot,
        min(place) filter (where step = 'handed_over') as handed_over_place,
        min(place) filter (where step = 'assigned') as assigned_place,
        min(place) filter (where step = 'human') as human_place,
        min(place) filter (where step = 'resolved') as close_place,
        max(occurred_at) filter (where step in ('customer', 'human', 'bot')) as last_word_at
    from steps
    group by conversation_id, contact_number, contact_id
),

placed as (
    select
        framed.*,
        case
            when has_bot then coalesce(handed_over_place, least(assigned_place, human_place))
            else first_place
        end as human_from_place
    from framed
)

select
    placed.*,
    case when placed.has_bot then hand_over.occurred_at else placed.started_at end as human_from,
    close.occurred_at as closed_at,
    close.actor as closed_by
from placed
left join steps as hand_over
    on hand_over.conversation_id = placed.conversation_id and hand_over.place = placed.human_from_place
left join steps as close
    on close.conversation_id = placed.conversation_id and close.place = placed.close_place
