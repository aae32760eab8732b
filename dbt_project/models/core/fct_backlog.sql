with

adjustments as (select * from {{ ref('int_adjustments_unioned') }} where is_first),

spans as (
    select spans.*, adjustments.subject as adjusted_ticket_id
    from {{ ref('int_backlog_spanned') }} as spans
    left join adjustments on adjustments.subject = spans.ticket_id
),

stock as (
    {{ stock_of('spans', ['channel', 'channel_group', 'queue_id', 'team_id', 'assignee_id', 'adjusted_ticket_id']) }}
)

select
    service_date,
    channel,
    channel_group,
    queue_id,
    team_id,
    assignee_id,
    adjusted_ticket_id,
    open_count as open_tickets,
    age_seconds
from stock
