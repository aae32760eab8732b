{# One row per customer turn: the customer's messages since the last human reply, from hand-over on, and the reply to them. #}
with

messages as (select * from {{ ref('int_messages_resolved') }}),
threads as (select * from {{ ref('int_threads_placed') }}),

spoken as (
    select
        threads.thread_id,
        threads.thread_kind,
        messages.message_id,
        messages.sender_type,
        messages.sent_at,
        messages.agent_id,
        messages.team_id,
        messages.text_is_closing_only,
        row_number() over (
            partition by threads.thread_id, threads.thread_kind
            order by messages.sent_at, length(messages.message_id), messages.message_id
        ) as place
    from messages
    inner join threads
        on
            threads.thread_id = coalesce(messages.contact_id, messages.ticket_id)
            and threads.thread_kind = case when messages.contact_id is not null then 'chat' else 'ticket' end
),

counted as (
    select
        spoken.*,
        sum(case when sender_type = 'agent' then 1 else 0 end) over (
            partition by thread_id, thread_kind order by place rows between unbounded preceding and current row
        ) as replies_so_far
    from spoken
),

turns as (
    select
        thread_id,
        thread_kind,
        replies_so_far,
        min(sent_at) as first_sent_at,
        max(sent_at) as last_sent_at,
        min(place) as first_place,
        bool_and(coalesce(text_is_closing_only, false)) as is_closing_only
    from counted
    where sender_type = 'customer'
    group by thread_id, thread_kind, replies_so_far
),

replies as (
    select thread_id, thread_kind, replies_so_far - 1 as answers_turn, sent_at as replied_at, agent_id, team_id, message_id
    from counted
    where sender_type = 'agent'
)

select
    turns.thread_id,
    turns.thread_kind,
    turns.thread_id || case when turns.thread_kind = 'chat' then '@' else '#' end || cast(turns.first_place as varchar) as turn_id,
    row_number() over (partition by turns.thread_id, turns.thread_kind order by turns.first_place) as turn_number,
    turns.first_place = 1 as opens_thread,
    greatest(turns.first_sent_at, coalesce(threads.handed_over_at, turns.first_sent_at)) as started_at,
    turns.first_sent_at,
    turns.last_sent_at,
    turns.is_closing_only,
    replies.replied_at,
    replies.message_id as reply_id,
    replies.agent_id as replier_id,
    replies.team_id as replier_team_id
from turns
inner join threads on threads.thread_id = turns.thread_id and threads.thread_kind = turns.thread_kind
left join replies
    on
        replies.thread_id = turns.thread_id
        and replies.thread_kind = turns.thread_kind
        and replies.answers_turn = turns.replies_so_far
