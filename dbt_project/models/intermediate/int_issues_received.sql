{# One row per issue: when and where it was received, the end of its window, and the ticket that leads it, if any. #}
with

members as (select * from {{ ref('int_issue_members_assigned') }} where member_kind <> 'outbound'),

ranked as (
    select
        members.*,
        row_number() over (
            partition by issue_id
            order by case when member_kind = 'contact' then 0 else 1 end,
                case when member_id = issue_id and member_kind = 'ticket' then 0 else 1 end, started_at, member_id
        ) as place_rank,
        row_number() over (
            partition by issue_id
            order by case when member_kind = 'ticket' then 0 else 1 end,
                case when member_id = issue_id then 0 else 1 end, started_at, member_id
        ) as lead_rank
    from members
),

placed as (
    select
        issue_id,
        bool_or(member_kind = 'ticket') as is_ticket_issue,
        max(case when lead_rank = 1 and member_kind = 'ticket' then member_id end) as lead_ticket_id,
        min(case when member_kind = 'ticket' then started_at end) as ticket_created_at,
        min(started_at) as received_at,
        max(case when place_rank = 1 then channel end) as channel,
        max(case when place_rank = 1 then channel_group end) as channel_group,
        max(case when place_rank = 1 then first_queue_id end) as first_queue_id,
        max(case when lead_rank = 1 then as_of end) as as_of
    from ranked
    group by issue_id
)

select
    issue_id,
    is_ticket_issue,
    lead_ticket_id,
    received_at,
    coalesce(ticket_created_at, received_at) as created_at,
    {{ plus_seconds('received_at', policy_of(
        'resolution_policies', 'window_seconds', 'first_queue_id', 'channel_group', local_date('received_at')
    )) }} as window_ends_at,
    channel,
    channel_group,
    first_queue_id,
    as_of
from placed
