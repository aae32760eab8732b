{{ config(materialized='ephemeral') }}
{# One row per leg that counts, with its place among the legs of its contact. #}
with

legs as (select * from {{ ref('int_contact_legs_handled') }} where is_counted),

told as (
    select
        legs.*,
        leg_kind in ('queue', 'direct', 'transfer', 'callback') and not agent_is_bot as is_human_leg,
        leg_kind in ('queue', 'direct', 'transfer', 'callback') and not agent_is_bot and outcome = 'answered' as is_human_answer,
        leg_kind = 'self_service' or (agent_is_bot and outcome = 'answered') as is_bot_leg,
        leg_kind <> 'consult' as is_call_leg,
        queue_id is not null as has_queue,
        coalesce(ended_at, offered_at) as last_seen_at
    from legs
)

select
    told.*,
    row_number() over (partition by contact_id order by offered_at, contact_leg_id) as leg_rank,
    row_number() over (partition by contact_id, is_offered order by offered_at, contact_leg_id) as offered_rank,
    row_number() over (partition by contact_id, is_human_answer order by offered_at, contact_leg_id) as answer_rank,
    row_number() over (partition by contact_id, is_abandoned_offered order by offered_at desc, contact_leg_id desc)
        as late_abandon_rank,
    row_number() over (partition by contact_id, is_call_leg order by offered_at, contact_leg_id) as call_rank,
    row_number() over (partition by contact_id, has_queue order by offered_at, contact_leg_id) as queue_rank,
    row_number() over (partition by contact_id, is_bot_leg order by last_seen_at desc, contact_leg_id desc) as late_bot_rank
from told
