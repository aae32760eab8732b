with

-- Tickets of an issue that were open on the same days say the same of it: one row, so that the order of what follows is certain.
tickets as (select distinct root_ticket_id, open_on, closed_on from {{ ref('int_tickets_open_spanned') }}),
issues as (select * from {{ ref('fct_issues') }}),
adjustments as (select * from {{ ref('int_adjustments_unioned') }} where is_first),

overlapping as (
    select
        root_ticket_id as issue_id,
        open_on,
        closed_on,
        max(closed_on) over (
            partition by root_ticket_id order by open_on, closed_on rows between unbounded preceding and 1 preceding
        ) as closed_before
    from tickets
),

stretches as (
    select
        overlapping.*,
        sum(case when open_on <= closed_before then 0 else 1 end) over (
            partition by issue_id order by open_on, closed_on rows between unbounded preceding and current row
        ) as stretch
    from overlapping
),

spans as (
    select issue_id, min(open_on) as open_on, max(closed_on) as closed_on
    from stretches
    group by issue_id, stretch
),

credited as (
    select
        issues.channel,
        issues.channel_group,
        issues.queue_id,
        issues.team_id,
        issues.credited_agent_id,
        adjustments.subject as adjusted_issue_id,
        issues.created_at,
        spans.open_on,
        spans.closed_on
    from spans
    inner join issues on issues.issue_id = spans.issue_id
    left join adjustments on adjustments.subject = issues.issue_id
),

stock as (
    {{ stock_of('credited', ['channel', 'channel_group', 'queue_id', 'team_id', 'credited_agent_id', 'adjusted_issue_id']) }}
)

select
    service_date,
    channel,
    channel_group,
    queue_id,
    team_id,
    credited_agent_id,
    adjusted_issue_id,
    open_count as open_issues,
    age_seconds
from stock
