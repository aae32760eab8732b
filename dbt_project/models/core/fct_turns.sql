with

turns as (select * from {{ ref('int_turns_credited') }}),
stretches as (select * from {{ ref('int_threads_held') }}),

windowed as (
    select
        turns.*,
        {{ local_date('turns.started_at') }} as started_on,
        turns.is_replied or not turns.is_closing_only as is_awaited,
        {{ policy_of(
            'response_window_policies', 'window_seconds', 'stretches.queue_id', 'turns.channel_group', local_date('turns.started_at')
        ) }} as window_seconds
    from turns
    left join stretches
        on
            stretches.thread_id = turns.thread_id
            and stretches.thread_kind = turns.thread_kind
            and stretches.effective_from <= turns.started_at
            and stretches.effective_to > turns.started_at
),

judged as (
    select
        windowed.*,
        ({{ seconds_between('started_at', 'as_of') }} > window_seconds) is true as is_window_passed
    from windowed
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
    started_on,
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
