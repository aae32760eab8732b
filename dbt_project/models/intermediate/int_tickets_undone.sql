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
        max(case when solve.occurred_at < reopen.occurred_at then solve.occurred_at end) as solved_before_at,
        min(
            case
                when
                    solve.occurred_at > reopen.occurred_at
                    and {{ seconds_between('reopen.occurred_at', 'solve.occurred_at') }} <= {{ var('thank_you_window_seconds') }}
                    then solve.occurred_at
            end
        ) as solved_again_at
    from changes as reopen
    left join changes as solve on solve.ticket_id = reopen.ticket_id and solve.is_solve
    where reopen.is_reopen
    group by reopen.event_id, reopen.ticket_id, reopen.root_ticket_id, reopen.occurred_at
),

said_since as (
    select
        reopens.event_id,
        count(messages.message_id) as messages,
        count_if(messages.sender_type = 'customer' and coalesce(messages.text_is_closing_only, false)) as closing_messages
    from reopens
    inner join messages
        on
            messages.ticket_id = reopens.ticket_id
            and (reopens.solved_before_at is null or messages.sent_at > reopens.solved_before_at)
            and messages.sent_at <= reopens.solved_again_at
    group by reopens.event_id
)

select
    reopens.root_ticket_id,
    reopens.ticket_id,
    reopens.occurred_at as undone_at
from reopens
left join said_since on said_since.event_id = reopens.event_id
where
    reopens.solved_again_at is null
    or coalesce(said_since.messages, 0) = 0
    or said_since.messages <> said_since.closing_messages
union all
select
    origin.root_ticket_id,
    origin.ticket_id,
    followups.created_at as undone_at
from tickets as followups
inner join tickets as origin on origin.ticket_id = followups.followup_of_id
