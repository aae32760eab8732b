{# One row per inbound contact of an identified person: came before, came again, was undone, within the window of the earlier one. #}
with

contacts as (select * from {{ ref('int_contacts_assembled') }} where is_inbound and person_key is not null),
policies as (select * from {{ ref('fcr_policies') }}),
tickets as (select * from {{ ref('int_tickets_resolved') }}),
undone_tickets as (select * from {{ ref('int_tickets_undone') }}),

queues as (
    select distinct last_queue_id as queue_id, channel_group, {{ local_date('last_seen_at') }} as service_date
    from contacts
),

windows as (
    select * from (
        select
            queues.*,
            policies.window_seconds,
            row_number() over (
                partition by queues.queue_id, queues.channel_group, queues.service_date
                order by
                    case when policies.queue_id = '*' then 1 else 0 end,
                    case when policies.channel_group = '*' then 1 else 0 end,
                    policies.effective_from desc
            ) as preference
        from queues
        inner join policies
            on
                (policies.queue_id = '*' or policies.queue_id = queues.queue_id)
                and (policies.channel_group = '*' or policies.channel_group = queues.channel_group)
                and policies.effective_from <= queues.service_date
    ) as ranked
    where preference = 1
),

candidates as (
    select
        contacts.*,
        windows.window_seconds,
        coalesce(tickets.root_ticket_id, contacts.ticket_id) as root_ticket_id
    from contacts
    inner join windows
        on
            windows.queue_id is not distinct from contacts.last_queue_id
            and windows.channel_group is not distinct from contacts.channel_group
            and windows.service_date = {{ local_date('contacts.last_seen_at') }}
    left join tickets on tickets.ticket_id = contacts.ticket_id
),

pairs as (
    select
        earlier.contact_id as earlier_id,
        later.contact_id as later_id,
        earlier.channel is not distinct from later.channel as is_same_channel,
        later.has_reached_queue
    from candidates as earlier
    inner join candidates as later
        on later.person_key = earlier.person_key and later.contact_id <> earlier.contact_id
    where
        later.started_at >= earlier.ended_at
        and (earlier.topic is null or later.topic is null or earlier.topic = later.topic)
        and {{ seconds_between('earlier.ended_at', 'later.started_at') }} <= earlier.window_seconds
),

came_before as (select distinct later_id as contact_id from pairs),
came_again as (
    select earlier_id as contact_id, bool_or(is_same_channel) as is_same_channel
    from pairs
    where has_reached_queue
    group by earlier_id
),

undone as (
    select candidates.contact_id, bool_and(undone_tickets.is_undecided) as is_undecided
    from candidates
    inner join undone_tickets on undone_tickets.root_ticket_id = candidates.root_ticket_id
    where
        undone_tickets.undone_at > candidates.ended_at
        and {{ seconds_between('candidates.ended_at', 'undone_tickets.undone_at') }} <= candidates.window_seconds
    group by candidates.contact_id
)

select
    candidates.contact_id,
    candidates.window_seconds,
    came_before.contact_id is not null as has_come_before,
    came_again.contact_id is not null as has_come_again,
    coalesce(came_again.is_same_channel, false) as has_come_again_in_channel,
    undone.contact_id is not null as is_undone,
    coalesce(undone.is_undecided, false) as is_undecided
from candidates
left join came_before on came_before.contact_id = candidates.contact_id
left join came_again on came_again.contact_id = candidates.contact_id
left join undone on undone.contact_id = candidates.contact_id
