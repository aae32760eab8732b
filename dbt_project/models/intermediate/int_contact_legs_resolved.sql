{# One row per contact leg with the agent, team and person it belongs to, its local dates and the policy in force. #}
with

legs as (select * from {{ ref('int_contact_legs_unioned') }}),
logins as (select * from {{ ref('int_agent_logins_effective') }}),
agents as (select * from {{ ref('int_agents_versioned') }}),
queues as (select * from {{ ref('int_queues_versioned') }}),
persons as (select * from {{ ref('int_persons_resolved') }}),
policies as (select * from {{ ref('int_service_level_policies_resolved') }}),
watermarks as (select * from {{ source('inputs', 'build_sources') }}),

dated as (
    select
        legs.*,
        coalesce(logins.agent_id, legs.agent_id) as resolved_agent_id,
        coalesce(legs.answered_at, legs.assigned_at, legs.offered_at) as credited_at,
        {{ local_date('legs.offered_at') }} as offered_on,
        watermarks.as_of
    from legs
    left join logins
        on
            logins.login_id = legs.agent_id
            and logins.effective_from <= coalesce(legs.answered_at, legs.assigned_at, legs.offered_at)
            and logins.effective_to > coalesce(legs.answered_at, legs.assigned_at, legs.offered_at)
    left join watermarks on watermarks.source = legs.source_system
)

select
    dated.*,
    agents.team_id,
    agents.role as agent_role,
    coalesce(agents.is_bot, false) as agent_is_bot,
    queues.owner_team_id,
    queues.department as queue_department,
    queues.tier as queue_tier,
    coalesce(by_id.person_key, by_phone.person_key, by_email.person_key, by_order.person_key) as person_key,
    policies.variant as service_level_variant,
    policies.threshold_seconds,
    policies.short_abandon_seconds
from dated
left join agents
    on
        agents.agent_id = dated.resolved_agent_id
        and agents.effective_from <= dated.credited_at
        and agents.effective_to > dated.credited_at
left join queues
    on
        queues.queue_id = dated.queue_id
        and queues.effective_from <= dated.offered_at
        and queues.effective_to > dated.offered_at
left join persons as by_id on by_id.token = dated.customer_id_token
left join persons as by_phone on by_phone.token = dated.customer_phone_token
left join persons as by_email on by_email.token = dated.customer_email_token
left join persons as by_order on by_order.token = dated.order_id_token
left join policies
    on
        policies.queue_id is not distinct from dated.queue_id
        and policies.channel_group is not distinct from dated.channel_group
        and policies.service_date = dated.offered_on
