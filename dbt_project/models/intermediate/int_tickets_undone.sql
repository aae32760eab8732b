{# One row per moment at which a solved issue turned out unsolved: a reopen that was no thank-you, or a follow-up ticket. #}
with

changes as (select * from {{ ref('int_ticket_status_sequenced') }}),
tickets as (select * from {{ ref('int_tickets_resolved') }}),
messages as (select * from {{ ref('int_messages_resolved') }} where contact_id is null),

reopens as (
    select
        reopen.event_id,
        reopen.ticket_id,
        reopen.root_ticket_id,
        reopen.occurred_at,
        {{ plus_seconds('reopen.occurred_at', var('thank_you_window_seconds')) }} as thanked_until,
        max(case when solve.occurred_at < reopen.occurred_at then solve.occurred_at end) as solved_before_at,
        min(case when solve.occurred_at > reopen.occurred_at then solve.occurred_at end) as solved_again_at
    from changes as reopen
    left join changes as solve on solve.ticket_id = reopen.ticket_id and solve.is_solve
    where reopen.is_reopen
    group by reopen.event_id, reopen.ticket_id, reopen.root_ticket_id, reopen.occurred_at
),

said as (
    select
        reopens.event_id,
        messages.sender_type,
        messages.sent_at,
        coalesce(messages.text_is_closing_only, false) as is_closing_only,
        min(case when messages.sender_type = 'customer' then messages.sent_at end) over (partition by reopens.event_id) as asked_at
    from reopens
    inner join messages
        on
            messages.ticket_id = reopens.ticket_id
            and (reopens.solved_before_at is null or messages.sent_at > reopens.solved_before_at)
            and messages.sent_at <= least(reopens.thanked_until, coalesce(reopens.solved_again_at, reopens.thanked_until))
),

thanked as (
    select event_id
    from said
    group by event_id
    having
        count_if(sender_type = 'customer') > 0
        and count_if(sender_type = 'customer' and not is_closing_only) = 0
        and count_if(sender_type = 'agent' and sent_at >= asked_at) = 0
),

judged as (
    select
        reopens.*,
        thanked.event_id is not null and reopens.solved_again_at <= reopens.thanked_until as is_thank_you,
        thanked.event_id is not null and reopens.solved_again_at is null and tickets.as_of <= reopens.thanked_until as is_undecided
    from reopens
    inner join tickets on tickets.ticket_id = reopens.ticket_id
    left join thanked on thanked.event_id = reopens.event_id
)

select
    root_ticket_id,
    ticket_id,
    occurred_at as undone_at,
    coalesce(is_undecided, false) as is_undecided
from judged
where is_thank_you is not true
union all
select
    origin.root_ticket_id,
    origin.ticket_id,
    followups.created_at as undone_at,
    false as is_undecided
from tickets as followups
inner join tickets as origin on origin.ticket_id = followups.followup_of_id
