{# One row per contact leg with the yes/no facts about it; suspect and excluded legs stay, with every flag off. #}
with

legs as (select * from {{ ref('int_contact_legs_resolved') }}),

judged as (
    select
        legs.*,
        agent_is_bot and (outcome = 'answered' or answered_at is not null) as is_taken_by_bot,
        coalesce(is_test, false) or coalesce(is_internal, false) or coalesce(is_spam, false) as is_excluded,
        case
            when wait_seconds is not null then wait_seconds
            when outcome = 'answered' then {{ seconds_between('offered_at', 'answered_at') }}
            else {{ seconds_between('offered_at', 'ended_at') }}
        end as measured_wait_seconds,
        case
            when acw_status is not null then acw_status
            when acw_seconds is not null then 'measured'
            else 'not_measured'
        end as acw_state
    from legs
),

placed as (
    select
        judged.*,
        not is_excluded and not is_suspect as is_counted,
        leg_kind not in ('outbound', 'consult') and coalesce(direction, 'inbound') = 'inbound' as is_inbound,
        not is_excluded and not is_suspect
        and leg_kind in ('queue', 'direct')
        and coalesce(direction, 'inbound') = 'inbound'
        and channel_group in ('voice', 'chat')
        and not is_taken_by_bot
        and outcome in ('answered', 'abandoned', 'overflow', 'flow_out', 'callback', 'voicemail', 'missed', 'open')
            as is_offered,
        not is_excluded and not is_suspect
        and (
            (leg_kind in ('queue', 'direct') and coalesce(direction, 'inbound') = 'inbound')
            or leg_kind in ('transfer', 'callback')
        )
        and outcome = 'answered'
        and answered_at is not null
        and not agent_is_bot
        and ended_at is not null as is_handled
    from judged
)

select
    placed.*,
    case when is_handled then {{ local_date('ended_at') }} end as handled_on,
    {{ leg_left_at() }} as leg_left_at,
    is_offered and outcome = 'open' as is_open_offered,
    is_offered and outcome <> 'open' as is_closed_offered,
    is_offered and outcome = 'answered' as is_answered_offered,
    is_offered and outcome = 'abandoned' as is_abandoned_offered,
    is_offered and outcome = 'abandoned'
    and (measured_wait_seconds >= 0 and measured_wait_seconds <= short_abandon_seconds) is true as is_short_abandoned,
    is_offered and outcome = 'overflow' as is_overflow,
    (measured_wait_seconds >= 0) is true as is_wait_known,
    (measured_wait_seconds >= 0 and measured_wait_seconds <= threshold_seconds) is true as is_wait_in_target
from placed
