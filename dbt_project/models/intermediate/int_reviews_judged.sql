{{ config(materialized='ephemeral') }}
{# One row per criterion of a quality check that was not overturned, with what it is worth and the contact judged; those of excluded
   contacts left out. #}
with

reviews as (select * from {{ ref('int_reviews_unioned') }} where coalesce(status, 'final') <> 'overturned'),
contacts as (select * from {{ ref('int_contacts_assembled') }} where contact_kind = 'legs'),
all_contacts as (select distinct contact_id from {{ ref('int_contact_legs_unioned') }}),
logins as (select * from {{ ref('int_agent_logins_effective') }}),

checks as (
    select
        review_id,
        bool_or(coalesce(is_critical_failure, false)) as has_critical_failure,
        bool_or(coalesce(status, 'final') <> 'final') as is_appealed
    from reviews
    group by review_id
),

judged as (
    select
        reviews.review_id,
        reviews.criterion,
        lower(reviews.dimension) as dimension,
        reviews.contact_id,
        reviews.source_system,
        reviews.reviewed_at,
        coalesce(contacts.ended_at, reviews.reviewed_at) as credited_at,
        contacts.channel,
        contacts.channel_group,
        contacts.final_queue_id,
        reviews.agent_id as source_agent_id,
        checks.has_critical_failure,
        checks.is_appealed,
        case
            when checks.has_critical_failure then cast(0 as decimal(18, 6))
            else cast(reviews.score as decimal(18, 6))
        end as score,
        cast(reviews.max_score as decimal(18, 6)) as max_score
    from reviews
    inner join checks on checks.review_id = reviews.review_id
    left join contacts on contacts.contact_id = reviews.contact_id
    left join all_contacts on all_contacts.contact_id = reviews.contact_id
    where all_contacts.contact_id is null or contacts.contact_id is not null
)

select
    judged.*,
    coalesce(logins.agent_id, judged.source_agent_id) as agent_id,
    judged.score is not null and judged.max_score > 0 as is_scored
from judged
left join logins
    on
        logins.login_id = judged.source_agent_id
        and logins.effective_from <= judged.credited_at
        and logins.effective_to > judged.credited_at
