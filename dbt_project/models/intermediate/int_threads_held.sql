{# One row per chat or ticket and stretch in which the same queue and agent held it, since ever: a chat's human leg until the next is
   offered, a ticket's group and assignee. #}
with

assignments as (select * from {{ ref('int_ticket_assignments_spanned') }}),
legs as (
    select *
    from {{ ref('int_contact_legs_measured') }}
    where
        is_counted
        and channel_group in ('chat', 'written')
        and leg_kind in ('queue', 'direct', 'transfer', 'callback')
        and not agent_is_bot
)

select
    contact_id as thread_id,
    'chat' as thread_kind,
    queue_id,
    resolved_agent_id as holder_id,
    case
        when row_number() over (partition by contact_id order by offered_at, leg_left_at, contact_leg_id) = 1
            then timestamp '1970-01-01 00:00:00+00'
        else offered_at
    end as effective_from,
    coalesce(
        lead(offered_at) over (partition by contact_id order by offered_at, leg_left_at, contact_leg_id),
        timestamp '9999-12-31 00:00:00+00'
    ) as effective_to
from legs
union all
select
    ticket_id as thread_id,
    'ticket' as thread_kind,
    group_id as queue_id,
    assignee_id as holder_id,
    effective_from,
    effective_to
from assignments
