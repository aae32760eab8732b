{{ config(materialized='ephemeral') }}
{# One row per handled chat leg with when it was held: contact until its end, handled until the end of its measured ACW. #}
with

legs as (
    select * from {{ ref('int_contact_legs_measured') }}
    where is_handled and channel_group = 'chat' and ended_at >= answered_at
)

select
    contact_leg_id,
    contact_id,
    channel,
    channel_group,
    queue_id,
    team_id,
    resolved_agent_id as agent_id,
    coalesce('agent ' || resolved_agent_id, 'leg ' || contact_leg_id) as holder,
    answered_at,
    ended_at,
    case
        when acw_state = 'measured' and acw_seconds > 0 then {{ plus_exact_seconds('ended_at', 'acw_seconds') }}
        else ended_at
    end as handled_until_at,
    handled_on,
    {{ acw_is_pending() }} as is_acw_pending
from legs
