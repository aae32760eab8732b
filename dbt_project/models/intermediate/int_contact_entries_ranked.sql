{{ config(materialized='ephemeral') }}
{# One row per leg that counts, with its place among the legs of its contact and whether it is the one that tells something. An answer and
   a departure are at the offer and the wait after it, where that is not told at the offer. #}
with

legs as (select * from {{ ref('int_contact_legs_handled') }} where is_counted),

told as (
    select
        legs.*,
        leg_kind in ('queue', 'direct', 'transfer', 'callback') and not agent_is_bot as is_human_leg,
        (
            (leg_kind in ('queue', 'direct') and is_inbound)
            or leg_kind in ('transfer', 'callback')
        )
        and not agent_is_bot
        and outcome = 'answered' as is_human_answer,
        leg_kind = 'self_service' or is_taken_by_bot as is_bot_leg,
        leg_kind <> 'consult' as is_call_leg,
        outcome = 'open' or (outcome = 'answered' and ended_at is null) as is_unfinished,
        coalesce(ended_at, offered_at) as last_seen_at,
        case
            when is_wait_known then {{ plus_exact_seconds('offered_at', 'measured_wait_seconds') }}
            else offered_at
        end as waited_until_at,
        row_number() over (partition by contact_id order by offered_at, leg_left_at, contact_leg_id) as leg_rank
    from legs
),

placed as (
    select
        told.*,
        min(case when is_offered then leg_rank end) over of_contact as entry_rank,
        min(case when is_call_leg then leg_rank end) over of_contact as call_rank,
        min(case when queue_id is not null then leg_rank end) over of_contact as queue_rank,
        row_number() over (partition by contact_id, is_human_answer order by waited_until_at, leg_rank) as answer_place,
        row_number() over (partition by contact_id, is_offered order by waited_until_at desc, leg_rank desc) as departure_place,
        row_number() over (partition by contact_id, is_bot_leg order by last_seen_at desc, leg_rank desc) as bot_place
    from told
    window of_contact as (partition by contact_id)
)

select
    placed.*,
    (leg_rank = entry_rank) is true as is_entry,
    is_human_answer and answer_place = 1 as is_first_answer,
    is_abandoned_offered and departure_place = 1 as is_abandoned_at_last,
    (leg_rank = call_rank) is true as is_call_start,
    (leg_rank = queue_rank) is true as is_first_queue,
    is_bot_leg and bot_place = 1 as is_last_bot
from placed
