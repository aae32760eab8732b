{{ config(materialized='ephemeral') }}
{# One row per contact that has a leg which counts, with what it counts for in the KPIs of contacts. #}
with

entries as (select * from {{ ref('int_contact_entries_summed') }}),
departures as (select * from {{ ref('int_departures_followed') }} where departure_kind = 'bot'),

waited as (
    select
        entries.*,
        coalesce(departures.has_come_back, false) as has_come_back_to_bot,
        case
            when is_contact_offered and is_human_answered
                then {{ seconds_between('entered_at', 'answer_offered_at') }} + answer_wait_seconds
            when is_contact_abandoned then {{ seconds_between('entered_at', 'abandon_offered_at') }} + abandon_wait_seconds
        end as entry_wait_seconds,
        is_contact_offered and not is_human_answered and has_open_leg as is_contact_wait_pending,
        ({{ seconds_between('bot_ended_at', 'as_of') }} > {{ var('return_window_seconds') }}) is true and not is_bot_open
            as is_bot_window_passed,
        has_open_leg or pending_legs > 0 as is_handling_unfinished,
        handled_legs > 0 and final_legs + pending_legs = handled_legs as is_handle_told
    from entries
    left join departures on departures.departure_id = entries.contact_id
),

judged as (
    select
        waited.*,
        is_contact_offered and is_human_answered and (entry_wait_seconds >= 0) is true as is_contact_wait_measured,
        is_contact_offered and not is_human_answered and is_contact_abandoned and not has_open_leg
        and (entry_wait_seconds <= entry_short_seconds) is true as is_contact_short,
        is_bot_contact and is_bot_window_passed as is_bot_contact_settled,
        not has_human_leg and not has_flowed_out as is_bot_alone
    from waited
)

select
    judged.*,
    case when is_contact_wait_measured then entry_wait_seconds end as contact_wait_seconds,
    is_contact_offered and not is_contact_wait_pending and not is_contact_short
    and case when is_human_answered or is_contact_abandoned then (entry_wait_seconds >= 0) is true else true end
        as is_contact_in_target_base,
    is_contact_wait_measured and (entry_wait_seconds <= entry_threshold_seconds) is true as is_contact_in_target,
    handled_legs > 0 as is_contact_handled,
    is_handle_told and not is_handling_unfinished and has_measured_acw as is_contact_handle_final,
    is_handle_told and not is_handling_unfinished and not has_measured_acw as is_contact_talk_hold_final,
    is_handle_told and is_handling_unfinished and has_measured_acw as is_contact_handle_pending,
    is_handle_told and is_handling_unfinished and not has_measured_acw as is_contact_talk_hold_pending,
    is_bot_contact and not is_bot_window_passed as is_bot_pending,
    is_bot_contact_settled and is_bot_alone and not has_come_back_to_bot as is_bot_contained,
    is_bot_contact and is_bot_alone and not is_bot_open as is_self_service,
    {{ local_date('bot_ended_at') }} as bot_ended_on
from judged
