with

legs as (select * from {{ ref('int_contact_legs_measured') }} where not is_counted),
tickets as (select * from {{ ref('int_spam_tickets_placed') }}),
queues as (select * from {{ ref('int_queues_versioned') }}),

ranked as (
    select
        legs.*,
        row_number() over (partition by contact_id order by offered_at, leg_left_at, contact_leg_id) as place
    from legs
),

reasons as (
    select
        contact_id,
        bool_or(coalesce(is_test, false)) as is_test,
        bool_or(coalesce(is_internal, false)) as is_internal,
        bool_or(coalesce(is_spam, false)) as is_spam,
        bool_or(is_suspect) as is_suspect
    from legs
    group by contact_id
)

select
    'legs' as contact_kind,
    ranked.contact_id,
    ranked.channel,
    ranked.channel_group,
    ranked.queue_id,
    ranked.owner_team_id,
    ranked.offered_on as excluded_on,
    reasons.is_test,
    reasons.is_internal,
    reasons.is_spam,
    reasons.is_suspect,
    true as is_left_out
from ranked
inner join reasons on reasons.contact_id = ranked.contact_id
where ranked.place = 1
union all
select
    'ticket' as contact_kind,
    tickets.ticket_id as contact_id,
    tickets.channel,
    'written' as channel_group,
    tickets.group_id as queue_id,
    queues.owner_team_id,
    {{ local_date('tickets.created_at') }} as excluded_on,
    false as is_test,
    false as is_internal,
    true as is_spam,
    false as is_suspect,
    true as is_left_out
from tickets
left join queues
    on
        queues.queue_id = tickets.group_id
        and queues.effective_from <= tickets.created_at
        and queues.effective_to > tickets.created_at
