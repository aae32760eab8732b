{# One row per customer turn with what is known of its reply: in time, too late, or still to come; and when that is decided. #}
with

turns as (select * from {{ ref('int_turns_paired') }}),
threads as (select * from {{ ref('int_threads_placed') }}),

ends as (
    select ticket_id, occurred_at
    from {{ ref('int_ticket_events_resolved') }}
    where field = 'status' and new_value in ('solved', 'closed', 'deleted')
),

closed_turns as (
    select turns.turn_id, min(ends.occurred_at) as closed_at
    from turns
    inner join ends on ends.ticket_id = turns.thread_id and ends.occurred_at >= turns.started_at
    where turns.thread_kind = 'ticket'
    group by turns.turn_id
),

placed as (
    select
        turns.*,
        threads.channel,
        threads.channel_group,
        threads.ticket_id,
        threads.as_of,
        case
            when turns.thread_kind = 'ticket' then closed_turns.closed_at
            when threads.closed_at >= turns.started_at then threads.closed_at
        end as closed_at,
        {{ plus_seconds('turns.started_at', var('response_window_seconds')) }} as window_ends_at
    from turns
    inner join threads on threads.thread_id = turns.thread_id and threads.thread_kind = turns.thread_kind
    left join closed_turns on closed_turns.turn_id = turns.turn_id
),

decided as (
    select
        placed.*,
        least(window_ends_at, coalesce(closed_at, window_ends_at)) as deadline_at,
        closed_at is not null or (as_of > window_ends_at) is true as is_decided
    from placed
),

judged as (
    select
        decided.*,
        (replied_at <= deadline_at) is true as is_replied,
        {{ seconds_between('started_at', 'replied_at') }} as reply_seconds
    from decided
)

select
    judged.*,
    case when is_replied then replied_at else deadline_at end as credited_at,
    is_replied and reply_seconds >= 0 as is_response_counted,
    not is_replied and not is_closing_only and not is_decided as is_response_pending,
    is_decided and (is_replied or not is_closing_only) as is_reply_due,
    not is_decided and (is_replied or not is_closing_only) as is_reply_pending
from judged
