{# One row per contact that has a leg which counts: how it came in, was first answered, was handled, and what a bot did. #}
with

legs as (select * from {{ ref('int_contact_entries_ranked') }})

select
    contact_id,
    max(as_of) as as_of,
    bool_or(is_unfinished) as has_open_leg,
    bool_or(is_human_leg) as has_human_leg,
    bool_or(is_human_answer) as is_human_answered,
    max(case when is_first_queue then queue_id end) as first_queue_id,

    bool_or(is_offered) as is_contact_offered,
    max(case when is_entry then offered_at end) as entered_at,
    max(case when is_entry then offered_on end) as entered_on,
    max(case when is_entry then queue_id end) as entry_queue_id,
    max(case when is_entry then owner_team_id end) as entry_owner_team_id,
    max(case when is_entry then threshold_seconds end) as entry_threshold_seconds,
    max(case when is_entry then short_abandon_seconds end) as entry_short_seconds,
    max(case when is_first_answer then offered_at end) as answer_offered_at,
    max(case when is_first_answer and is_wait_known then measured_wait_seconds end) as answer_wait_seconds,
    bool_or(is_abandoned_at_last) as is_contact_abandoned,
    max(case when is_abandoned_at_last then offered_at end) as abandon_offered_at,
    max(case when is_abandoned_at_last and is_wait_known then measured_wait_seconds end)
        as abandon_wait_seconds,

    bool_or(is_call_leg and channel_group = 'voice') as is_call,
    max(case when is_call_start then offered_on end) as called_on,
    max(case when is_call_start then queue_id end) as call_queue_id,
    max(case when is_call_start then owner_team_id end) as call_owner_team_id,

    max(handled_on) as last_handled_on,
    count(case when is_handled then 1 end) as handled_legs,
    count(case when is_handle_final or is_talk_hold_final then 1 end) as final_legs,
    count(case when is_handle_pending then 1 end) as pending_legs,
    bool_or(is_handled and acw_state <> 'not_measured') as has_measured_acw,
    {{ exact_sum('case when is_handled then handle_seconds end') }} as handle_seconds,

    bool_or(leg_rank = 1 and is_bot_leg and is_inbound) as is_bot_contact,
    bool_or(is_bot_leg and is_unfinished) as is_bot_open,
    bool_or(is_bot_leg and outcome = 'flow_out') as has_flowed_out,
    max(case when is_bot_leg then last_seen_at end) as bot_ended_at,
    max(case when is_last_bot then queue_id end) as bot_queue_id,
    max(case when is_last_bot then team_id end) as bot_team_id,
    max(case when is_last_bot then resolved_agent_id end) as bot_agent_id
from legs
group by contact_id
