{# One row per ticket and stretch of local days at whose end it was neither solved, closed, merged nor deleted. #}
with

tickets as (select * from {{ ref('int_tickets_resolved') }}),
changes as (select * from {{ ref('int_ticket_status_sequenced') }}),
ends as (select * from {{ ref('int_ticket_ends_found') }}),

firsts as (
    select ticket_id, occurred_at as first_at, old_status as first_status from changes where is_first
),

stretches as (
    select
        tickets.ticket_id,
        tickets.created_at as open_from,
        coalesce(firsts.first_at, timestamp '9999-12-31 00:00:00+00') as open_to
    from tickets
    left join firsts on firsts.ticket_id = tickets.ticket_id
    where coalesce(firsts.first_status, 'new') not in ('solved', 'closed', 'deleted')
    union all
    select
        ticket_id,
        occurred_at as open_from,
        next_at as open_to
    from changes
    where new_status not in ('solved', 'closed', 'deleted')
),

bounded as (
    select
        tickets.ticket_id,
        tickets.root_ticket_id,
        tickets.channel,
        tickets.created_at,
        {{ local_date('greatest(stretches.open_from, tickets.created_at)') }} as open_on,
        {{ local_date('least(stretches.open_to, coalesce(ends.ended_at, stretches.open_to))') }} as closed_on
    from stretches
    inner join tickets on tickets.ticket_id = stretches.ticket_id
    left join ends on ends.ticket_id = stretches.ticket_id
)

select * from bounded where open_on < closed_on
