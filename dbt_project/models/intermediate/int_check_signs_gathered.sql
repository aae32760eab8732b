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
    select '{{ place_scopes() }}' as counted_scopes
    union all
    select 'team' as counted_scopes
    union all
    select 'agent' as counted_scopes
),

signs as (
    {%- set nothing = {
        'is_personal': 'true', 'team_id': 'team_id', 'agent_id': 'agent_id', 'place': 'cast(null as bigint)', 'is_screened': 'false',
        'reviewed_on': 'cast(null as date)', 'is_open': 'false', 'is_critical': 'false', 'is_leak': 'false'
    } %}
    {%- set told = {
        'contacts': {'is_personal': 'false', 'team_id': 'cast(null as varchar)', 'agent_id': 'cast(null as varchar)'},
        'messages': {'place': 'place', 'is_screened': 'is_screened'},
        'reviews': {'reviewed_on': 'reviewed_on', 'is_open': 'not is_final'},
        'findings': {'is_critical': 'is_critical_standing', 'is_leak': 'is_leak'}
    } %}
    {%- for relation, columns in told.items() %}
    select
        {%- for column, expression in nothing.items() %}
        {{ columns.get(column, expression) }} as {{ column }},
        {%- endfor %}
        contact_id
    from {{ relation }}
    {{ '' if loop.last else 'union all' }}
    {%- endfor %}
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
