{{ config(materialized='ephemeral') }}
{# One row per contact and set of scopes that count it - the places, each team, each agent - with what was seen of it: the first message,
   whether any was screened, reviews, findings that stand. #}
with

contacts as (select contact_id from {{ ref('int_contacts_assembled') }}),
messages as (
    select * from {{ ref('int_messages_placed') }} where sender_type = 'agent' and contact_id is not null
),
reviews as (select * from {{ ref('int_compliance_reviews_judged') }} where contact_id is not null),
findings as (select * from {{ ref('fct_compliance_findings') }} where is_standing and contact_id is not null),
scopes as (
    select '{{ place_scopes() }}' as counted_scopes union all select 'team' union all select 'agent'
),

signs as (
    select contact_id, false as is_personal, cast(null as varchar) as team_id, cast(null as varchar) as agent_id,
        cast(null as bigint) as place, false as is_screened, cast(null as date) as reviewed_on, false as is_open,
        false as is_critical, false as is_leak
    from contacts
    union all
    select contact_id, true, team_id, agent_id, place, is_screened, null, false, false, false
    from messages
    union all
    select contact_id, true, team_id, agent_id, null, false, reviewed_on, not is_final, false, false
    from reviews
    union all
    select contact_id, true, team_id, agent_id, null, false, null, false, is_critical_standing, is_leak
    from findings
)

select
    signs.contact_id,
    scopes.counted_scopes,
    case when scopes.counted_scopes = 'team' then signs.team_id end as team_id,
    case when scopes.counted_scopes = 'agent' then signs.agent_id end as agent_id,
    min(signs.place) as first_place,
    bool_or(signs.is_screened) as is_screened,
    max(signs.reviewed_on) as reviewed_on,
    bool_or(signs.reviewed_on is not null) as has_review,
    bool_or(signs.is_open) as has_open_review,
    bool_or(signs.is_critical) as has_critical_finding,
    bool_or(signs.is_leak) as has_leak
from signs
cross join scopes
where signs.is_personal or scopes.counted_scopes = '{{ place_scopes() }}'
group by 1, 2, 3, 4
