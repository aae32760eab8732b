{{ config(materialized='ephemeral') }}
{# One row per leg that counts, with its place among the legs of its contact and the places of those that tell something. #}
with

legs as (select * from {{ ref('int_contact_legs_handled') }} where is_counted),

told as (
    select
        legs.*,
        leg_kind in ('queue', 'direct', 'transfer', 'callback') and not agent_is_bot as is_human_leg,
        leg_kind in ('queue', 'direct', 'transfer', 'callback') and not agent_is_bot and outcome = 'answered' as is_human_answer,
        leg_kind = 'self_service' or (agent_is_bot and outcome = 'answered') as is_bot_leg,
        leg_kind <> 'consult' as is_call_leg,
        coalesce(ended_at, offered_at) as last_seen_at,
        row_number() over (partition by contact_id order by offered_at, contact_leg_id) as leg_rank
    from legs
),

placed as (
    select
        told.*,
        min(case when is_offered then leg_rank end) over of_contact as entry_rank,
        min(case when is_human_answer then leg_rank end) over of_contact as answer_rank,
        max(case when is_abandoned_offered then leg_rank end) over of_contact as abandon_rank,
        min(case when is_call_leg then leg_rank end) over of_contact as call_rank,
        min(case when queue_id is not null then leg_rank end) over of_contact as queue_rank,
        max(case when is_bot_leg then leg_rank end) over of_contact as bot_rank
    from told
    window of_contact as (partition by contact_id)
)

select
    placed.*,
    (leg_rank = entry_rank) is true as is_entry,
    (leg_rank = answer_rank) is true as is_first_answer,
    (leg_rank = abandon_rank) is true as is_last_abandon,
    (leg_rank = call_rank) is true as is_call_start,
    (leg_rank = queue_rank) is true as is_first_queue,
    (leg_rank = bot_rank) is true as is_last_bot
from placed
