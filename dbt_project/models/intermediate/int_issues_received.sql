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
)

select
    issue_id,
    bool_or(member_kind = 'ticket') as is_ticket_issue,
    max(case when lead_rank = 1 and member_kind = 'ticket' then member_id end) as lead_ticket_id,
    min(started_at) as received_at,
    {{ plus_seconds('min(started_at)', var('resolution_window_seconds')) }} as window_ends_at,
    max(case when place_rank = 1 then channel end) as channel,
    max(case when place_rank = 1 then channel_group end) as channel_group,
    max(case when lead_rank = 1 then as_of end) as as_of
from ranked
group by issue_id
