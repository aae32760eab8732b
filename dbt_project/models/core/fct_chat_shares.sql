{#
    One row per handled chat leg and local day in which it was held. The leg itself counts once, in its last row (`is_leg`), which
    holds the whole leg's share.
#}
with

legs as (select * from {{ ref('int_chat_legs_held') }}),
shares as (select * from {{ ref('int_chat_time_shared') }}),

on_days as (
    select legs.*, {{ each_day(local_date('answered_at'), local_date('handled_until_at')) }} as held_on
    from legs
),

shared as (
    select
        on_days.*,
        cast(on_days.held_on as date) as service_date,
        coalesce(contact.own_seconds, 0) as chat_seconds,
        coalesce(contact.share_seconds, 0) as chat_share_seconds,
        coalesce(handle.share_seconds, 0) as handle_share_seconds,
        sum(coalesce(handle.share_seconds, 0)) over (partition by on_days.contact_leg_id) as leg_share_seconds,
        row_number() over (partition by on_days.contact_leg_id order by on_days.held_on desc) = 1 as is_leg
    from on_days
    left join shares as contact
        on
            contact.contact_leg_id = on_days.contact_leg_id
            and contact.service_date = cast(on_days.held_on as date)
            and contact.clock = 'contact'
    left join shares as handle
        on
            handle.contact_leg_id = on_days.contact_leg_id
            and handle.service_date = cast(on_days.held_on as date)
            and handle.clock = 'handle'
)

select
    contact_leg_id,
    contact_id,
    service_date,
    channel,
    channel_group,
    queue_id,
    team_id,
    agent_id,
    answered_at,
    ended_at,
    handled_until_at,
    handled_on,
    chat_seconds,
    case when chat_share_seconds > 0 then chat_share_seconds end as chat_share_seconds,
    handle_share_seconds,
    is_leg,
    is_leg and not is_acw_pending as is_share_final,
    is_leg and is_acw_pending as is_share_pending,
    case when is_leg then cast(leg_share_seconds as decimal(18, 6)) end as leg_share_seconds
from shared
