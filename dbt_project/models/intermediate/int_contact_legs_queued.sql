{{ config(materialized='ephemeral') }}
{# One row per contact leg with what it counts for in the KPIs of queues. #}
with

legs as (select * from {{ ref('int_contact_legs_measured') }}),

counted as (
    select
        legs.*,
        is_counted and is_inbound and channel_group in ('voice', 'chat') and outcome = 'blocked' as is_blocked,
        is_offered and outcome = 'flow_out' as is_flow_out,
        is_offered and outcome = 'callback' as is_callback,
        is_offered and outcome = 'voicemail' as is_voicemail,
        is_offered and outcome = 'missed' as is_missed,
        is_abandoned_offered and is_wait_known and not is_short_abandoned as is_long_abandoned,
        is_closed_offered and is_wait_known as is_sl_all_base,
        case
            when is_closed_offered and is_wait_known
                then measured_wait_seconds - case when is_answered_offered then coalesce(ring_seconds, 0) else 0 end
        end as unrung_wait_seconds
    from legs
),

judged as (
    select
        counted.*,
        is_closed_offered and not is_overflow as is_answer_rate_base,
        is_closed_offered and not is_overflow and not is_short_abandoned
        and (is_wait_known or not is_abandoned_offered) as is_abandon_rate_base,
        is_answered_offered and is_wait_in_target as is_answered_in_target,
        (is_answered_offered or is_abandoned_offered) and is_wait_in_target as is_answered_or_abandoned_in_target,
        is_closed_offered and is_wait_in_target as is_removed_in_target,
        is_answered_offered and is_wait_known as is_sl_answered_base,
        is_sl_all_base and not is_short_abandoned and not (is_overflow and is_wait_in_target) as is_sl_offered_base,
        is_sl_all_base and not (is_abandoned_offered and is_wait_in_target) as is_sl_abandoned_ignored_base,
        (unrung_wait_seconds > 0) is true as is_queued,
        is_answered_offered and (ring_seconds >= 0) is true as is_ring_measured
    from counted
)

select
    judged.*,
    case service_level_variant
        when 'offered' then is_sl_offered_base
        when 'abandoned_ignored' then is_sl_abandoned_ignored_base
        when 'answered' then is_sl_answered_base
        else is_sl_all_base
    end as is_sl_own_base,
    case service_level_variant
        when 'abandoned_positive' then is_answered_or_abandoned_in_target
        when 'removed' then is_removed_in_target
        else is_answered_in_target
    end as is_sl_own_met
from judged
