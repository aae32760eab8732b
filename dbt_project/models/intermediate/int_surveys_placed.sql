{# One row per survey with the contact or ticket it judges and the leg or solve it is about; those of excluded contacts left out. #}
with

surveys as (select * from {{ ref('int_surveys_scored') }}),
contacts as (select * from {{ ref('int_contacts_assembled') }} where contact_kind = 'legs'),
tickets as (select * from {{ ref('int_tickets_resolved') }}),
spam_tickets as (select ticket_id from {{ ref('int_tickets_unioned') }} where is_spam),
all_contacts as (select distinct contact_id from {{ ref('int_contact_legs_unioned') }}),
logins as (select * from {{ ref('int_agent_logins_effective') }}),
legs as (select * from {{ ref('int_contact_legs_measured') }} where is_handled),
solves as (select * from {{ ref('int_ticket_status_sequenced') }} where is_solve),

judged as (
    select
        surveys.*,
        coalesce(surveys.invited_at, surveys.responded_at) as judged_at,
        case when contacts.contact_id is not null then 'contact' when tickets.ticket_id is not null then 'ticket' else 'none' end
            as subject_kind,
        contacts.channel as contact_channel,
        contacts.channel_group as contact_channel_group,
        contacts.final_queue_id,
        contacts.ended_at as contact_ended_at,
        tickets.channel as ticket_channel
    from surveys
    left join contacts on contacts.contact_id = surveys.contact_id
    left join tickets on tickets.ticket_id = surveys.ticket_id
    left join spam_tickets on spam_tickets.ticket_id = surveys.ticket_id
    left join all_contacts on all_contacts.contact_id = surveys.contact_id
    where (all_contacts.contact_id is null or contacts.contact_id is not null) and spam_tickets.ticket_id is null
),

named as (
    select
        judged.*,
        coalesce(logins.agent_id, judged.rated_agent_id) as told_agent_id
    from judged
    left join logins
        on
            logins.login_id = judged.rated_agent_id
            and logins.effective_from <= coalesce(judged.contact_ended_at, judged.judged_at)
            and logins.effective_to > coalesce(judged.contact_ended_at, judged.judged_at)
),

last_legs as (
    select * from (
        select
            named.survey_id,
            legs.queue_id,
            legs.resolved_agent_id,
            row_number() over (
                partition by named.survey_id order by legs.answered_at desc, legs.contact_leg_id desc
            ) as place
        from named
        inner join legs on legs.contact_id = named.contact_id and legs.answered_at <= named.judged_at
        where named.subject_kind = 'contact'
    ) as ranked
    where place = 1
),

own_legs as (
    select * from (
        select
            named.survey_id,
            legs.queue_id,
            row_number() over (
                partition by named.survey_id order by legs.answered_at desc, legs.contact_leg_id desc
            ) as place
        from named
        inner join legs on legs.contact_id = named.contact_id and legs.resolved_agent_id = named.told_agent_id
        where named.subject_kind = 'contact'
    ) as ranked
    where place = 1
),

last_solves as (
    select named.survey_id, max(solves.occurred_at) as solved_at
    from named
    inner join solves on solves.ticket_id = named.ticket_id and solves.occurred_at <= named.judged_at
    where named.subject_kind = 'ticket'
    group by named.survey_id
)

select
    named.*,
    last_legs.resolved_agent_id as last_leg_agent_id,
    case
        when own_legs.survey_id is not null then own_legs.queue_id
        when last_legs.survey_id is not null then last_legs.queue_id
        else named.final_queue_id
    end as contact_queue_id,
    last_solves.solved_at,
    case
        when named.subject_kind = 'contact' then coalesce(named.contact_ended_at, named.judged_at)
        when named.subject_kind = 'ticket' then coalesce(last_solves.solved_at, named.judged_at)
        else named.judged_at
    end as credited_at
from named
left join last_legs on last_legs.survey_id = named.survey_id
left join own_legs on own_legs.survey_id = named.survey_id
left join last_solves on last_solves.survey_id = named.survey_id
