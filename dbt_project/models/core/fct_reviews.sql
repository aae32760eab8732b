with

reviews as (select * from {{ ref('int_reviews_judged') }}),
agents as (select * from {{ ref('int_agents_versioned') }}),
legs as (select * from {{ ref('int_contact_legs_measured') }} where is_handled),

placed as (
    select * from (
        select
            reviews.*,
            reviews.is_scored and not reviews.is_appealed as is_final_score,
            reviews.is_scored and reviews.is_appealed as is_pending_score,
            legs.contact_leg_id,
            legs.queue_id,
            row_number() over (
                partition by reviews.review_id, reviews.criterion
                order by
                    case when legs.resolved_agent_id = reviews.agent_id then 0 else 1 end,
                    legs.answered_at desc nulls last,
                    legs.contact_leg_id desc
            ) as preference
        from reviews
        left join legs on legs.contact_id = reviews.contact_id
    ) as ranked
    where preference = 1
)

select
    placed.review_id,
    placed.criterion,
    placed.dimension,
    placed.source_system,
    placed.contact_id,
    placed.channel,
    placed.channel_group,
    case when placed.contact_leg_id is null then placed.final_queue_id else placed.queue_id end as queue_id,
    placed.agent_id as reviewed_agent_id,
    agents.team_id,
    placed.reviewed_at,
    {{ local_date('placed.reviewed_at') }} as reviewed_on,
    placed.has_critical_failure,
    not placed.is_appealed as is_final,
    case when placed.is_final_score and placed.dimension = 'reply_accuracy' then placed.score end as reply_accuracy_score,
    case when placed.is_final_score and placed.dimension = 'reply_accuracy' then placed.max_score end as reply_accuracy_max_score,
    coalesce(placed.is_pending_score and placed.dimension = 'reply_accuracy', false) as is_reply_accuracy_pending,
    case when placed.is_final_score and placed.dimension = 'communication' then placed.score end as communication_score,
    case when placed.is_final_score and placed.dimension = 'communication' then placed.max_score end as communication_max_score,
    coalesce(placed.is_pending_score and placed.dimension = 'communication', false) as is_communication_pending,
    case when placed.is_final_score and placed.dimension = 'attitude' then placed.score end as attitude_score,
    case when placed.is_final_score and placed.dimension = 'attitude' then placed.max_score end as attitude_max_score,
    coalesce(placed.is_pending_score and placed.dimension = 'attitude', false) as is_attitude_pending,
    placed.score,
    placed.max_score
from placed
left join agents
    on
        agents.agent_id = placed.agent_id
        and agents.effective_from <= placed.credited_at
        and agents.effective_to > placed.credited_at
