with

stock as ({{ stock_of(ref('int_backlog_spanned'), ['channel', 'channel_group', 'queue_id', 'team_id', 'assignee_id']) }})

select
    service_date,
    channel,
    channel_group,
    queue_id,
    team_id,
    assignee_id,
    open_count as open_tickets,
    age_seconds
from stock
