with

legs as (select * from {{ ref('int_contact_legs_measured') }})

select
    contact_leg_id,
    contact_id,
    source_system,
    channel,
    channel_group,
    leg_kind,
    coalesce(direction, 'inbound') as direction,
    queue_id,
    owner_team_id,
    agent_id as source_agent_id,
    resolved_agent_id,
    team_id,
    person_key,
    outcome,
    disconnected_by,
    transfer_kind,
    topic,
    ticket_id,
    offered_at,
    assigned_at,
    answered_at,
    ended_at,
    offered_on,
    handled_on,
    measured_wait_seconds as wait_seconds,
    ring_seconds,
    talk_seconds,
    hold_seconds,
    acw_seconds,
    acw_state as acw_status,
    is_excluded,
    is_suspect,
    is_counted,
    is_offered,
    is_open_offered,
    is_closed_offered,
    is_answered_offered,
    is_abandoned_offered,
    is_short_abandoned,
    is_overflow,
    is_closed_offered and not is_overflow as is_answer_rate_base,
    is_abandoned_offered and is_wait_known and not is_short_abandoned as is_long_abandoned,
    is_closed_offered and not is_overflow and not is_short_abandoned
    and (is_wait_known or not is_abandoned_offered) as is_abandon_rate_base,
    is_answered_offered and is_wait_in_target as is_answered_in_target,
    is_closed_offered and is_wait_known as is_sl_all_base,
    is_answered_offered and is_wait_known as is_sl_answered_base,
    is_closed_offered and is_wait_known and not is_short_abandoned
    and not (is_overflow and is_wait_in_target) as is_sl_offered_base,
    is_closed_offered and is_wait_known
    and not (is_abandoned_offered and is_wait_in_target) as is_sl_abandoned_ignored_base,
    (is_answered_offered or is_abandoned_offered) and is_wait_in_target as is_answered_or_abandoned_in_target,
    is_closed_offered and is_wait_in_target as is_removed_in_target,
    is_answered_offered and is_wait_known as is_wait_measured,
    case when is_answered_offered and measured_wait_seconds >= 0 then measured_wait_seconds end as answered_wait_seconds,
    is_handled,
    is_handled and (talk_seconds >= 0) is true as is_talk_measured,
    case when is_handled and talk_seconds >= 0 then talk_seconds end as handled_talk_seconds,
    is_handled and (talk_seconds >= 0) is true and acw_state <> 'not_measured'
    and not {{ acw_is_pending() }} as is_handle_final,
    is_handled and (talk_seconds >= 0) is true and {{ acw_is_pending() }} as is_handle_pending,
    case
        when is_handled and talk_seconds >= 0
            then talk_seconds + greatest(coalesce(hold_seconds, 0), 0)
                + case when acw_state = 'measured' then greatest(coalesce(acw_seconds, 0), 0) else 0 end
    end as handle_seconds,
    is_handled and (talk_seconds >= 0) is true and acw_state = 'not_measured' as is_talk_hold_final,
    case
        when is_handled and talk_seconds >= 0 and acw_state = 'not_measured'
            then talk_seconds + greatest(coalesce(hold_seconds, 0), 0)
    end as talk_hold_seconds,
    acw_state = 'missing' or (acw_state = 'pending' and not {{ acw_is_pending() }}) as is_acw_missing,
    _batch,
    _attempt,
    _page,
    _position
from legs
