with

turns as (select * from {{ ref('int_turns_credited') }})

select
    turn_id,
    thread_id,
    thread_kind,
    ticket_id,
    turn_number,
    channel,
    channel_group,
    queue_id as response_queue_id,
    credited_agent_id as response_agent_id,
    credited_team_id as response_team_id,
    started_at,
    {{ local_date('started_at') }} as started_on,
    replied_at,
    closed_at,
    is_closing_only,
    is_replied,
    is_response_counted,
    is_response_pending,
    case when is_response_counted then reply_seconds end as response_seconds
from turns
