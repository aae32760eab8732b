{{ config(materialized='ephemeral') }}
{# One row per contact leg with what it counts for in the KPIs of handling, besides those of queues. #}
with

legs as (select * from {{ ref('int_contact_legs_queued') }}),

timed as (
    select
        legs.*,
        is_handled and (talk_seconds >= 0) is true as is_talk_measured,
        is_handled and channel_group = 'voice' and (hold_seconds >= 0) is true as is_hold_measured,
        is_handled and acw_state = 'measured' and (acw_seconds >= 0) is true as is_acw_measured,
        is_handled and {{ acw_is_pending() }} as is_acw_pending,
        is_handled and transfer_kind in ('blind', 'attended') is true as is_handed_over
    from legs
)

select
    timed.*,
    is_hold_measured and hold_seconds > 0 as is_held,
    is_talk_measured and acw_state <> 'not_measured' and not is_acw_pending as is_handle_final,
    is_talk_measured and is_acw_pending as is_handle_pending,
    is_talk_measured and acw_state = 'not_measured' as is_talk_hold_final,
    case
        when is_talk_measured
            then talk_seconds + greatest(coalesce(hold_seconds, 0), 0)
                + case when is_acw_measured then acw_seconds else 0 end
    end as handle_seconds,
    case
        when is_talk_measured and acw_state = 'not_measured'
            then talk_seconds + greatest(coalesce(hold_seconds, 0), 0)
    end as talk_hold_seconds,
    is_handled and (acw_state = 'missing' or (acw_state = 'pending' and not is_acw_pending)) as is_acw_missing
from timed
