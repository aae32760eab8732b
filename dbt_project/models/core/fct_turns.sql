with

turns as (select * from {{ ref('int_turns_credited') }}),

judged as (
    select
        turns.*,
        is_replied or not is_closing_only as is_awaited,
        ({{ seconds_between('started_at', 'as_of') }} > window_seconds) is true as is_window_passed
    from turns
)

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
    case when is_response_counted then reply_seconds end as response_seconds,
    is_awaited and is_window_passed as is_prompt_reply_due,
    is_awaited and not is_window_passed as is_prompt_reply_pending,
    is_awaited and is_window_passed and (is_replied and reply_seconds <= window_seconds) is true as is_replied_promptly
from judged
