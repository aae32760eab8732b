{# One row per issue and moment asked at which its state is told: by its tickets, or by the legs where it has none. #}
with

asked as (select * from {{ ref('int_issue_states_asked') }}),
members as (select * from {{ ref('int_issue_members_assigned') }} where member_kind <> 'ticket'),
tickets as (select * from {{ ref('int_tickets_resolved') }}),
ends as (select * from {{ ref('int_ticket_ends_found') }}),
changes as (select * from {{ ref('int_ticket_status_sequenced') }}),
legs as (select * from {{ ref('int_contact_legs_measured') }} where is_counted and is_resolved is not null),

firsts as (
    select ticket_id, occurred_at as first_at, old_status as first_status from changes where is_first
),

live as (
    select
        asked.issue_id,
        asked.moment,
        tickets.ticket_id,
        case
            when changes.ticket_id is not null then changes.new_status
            when firsts.ticket_id is not null then coalesce(firsts.first_status, 'new')
        end as status
    from asked
    inner join tickets on tickets.root_ticket_id = asked.issue_id and tickets.created_at <= asked.asked_at
    left join ends on ends.ticket_id = tickets.ticket_id
    left join firsts on firsts.ticket_id = tickets.ticket_id
    left join changes
        on
            changes.ticket_id = tickets.ticket_id
            and changes.occurred_at <= asked.asked_at
            and changes.next_at > asked.asked_at
    where ends.ended_at is null or ends.ended_at > asked.asked_at
),

by_tickets as (
    select
        asked.issue_id,
        asked.moment,
        count(live.ticket_id) as live_tickets,
        count(case when live.status is null then live.ticket_id end) as untold_tickets,
        count(case when live.status not in ('solved', 'closed', 'deleted') then 1 end) as open_tickets,
        count(case when live.status = 'deleted' then 1 end) as deleted_tickets
    from asked
    left join live on live.issue_id = asked.issue_id and live.moment = asked.moment
    where asked.is_ticket_issue
    group by asked.issue_id, asked.moment
),

by_legs as (
    select * from (
        select
            asked.issue_id,
            asked.moment,
            legs.is_resolved,
            row_number() over (
                partition by asked.issue_id, asked.moment
                order by legs.offered_at desc, legs.leg_left_at desc, legs.contact_leg_id desc
            ) as place
        from asked
        inner join members on members.issue_id = asked.issue_id
        inner join legs on legs.contact_id = members.member_id and legs.ended_at <= asked.asked_at
        where not asked.is_ticket_issue
    ) as ranked
    where place = 1
)

select
    issue_id,
    moment,
    open_tickets = 0 and live_tickets - deleted_tickets > 0 as is_solved,
    open_tickets > 0 as is_open
from by_tickets
where untold_tickets = 0 or open_tickets > 0
union all
select
    issue_id,
    moment,
    is_resolved as is_solved,
    not is_resolved as is_open
from by_legs
