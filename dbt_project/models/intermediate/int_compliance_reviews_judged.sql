{{ config(materialized='ephemeral') }}
{# One row per human compliance review that was not overturned: a quality check with a criterion of the dimension compliance. #}
with

criteria as (select * from {{ ref('fct_reviews') }}),
compliance as (select distinct review_id from criteria where dimension = 'compliance'),

ranked as (
    select
        criteria.*,
        row_number() over (partition by criteria.review_id order by criteria.criterion) as place
    from criteria
    inner join compliance on compliance.review_id = criteria.review_id
)

select
    review_id,
    contact_id,
    channel,
    channel_group,
    queue_id,
    reviewed_agent_id as agent_id,
    team_id,
    reviewed_at,
    reviewed_on,
    source_system,
    is_final,
    has_critical_failure
from ranked
where place = 1
