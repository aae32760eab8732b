{{ config(materialized='ephemeral') }}
{# One row per agent, local day and moment of change with the team then, and what the time until the next change counts as. #}
with

moments as (select * from {{ ref('int_agent_time_swept') }}),
agents as (select * from {{ ref('int_agents_versioned') }}),
planned_agents as (select distinct agent_id from {{ ref('fct_shifts') }}),
observed_agents as (select distinct agent_id from {{ ref('fct_agent_states') }}),

judged as (
    select
        moments.*,
        agents.team_id,
        is_planned_work or is_planned_rest or is_planned_training or is_planned_meeting as is_planned,
        planned_agents.agent_id is not null as has_plan,
        observed_agents.agent_id is not null as has_states,
        case
            when is_planned_rest then is_in_rest
            when is_planned_training then is_in_training
            when is_planned_meeting then is_in_meeting
            when is_planned_work then is_in_work
            else false
        end as is_adherent
    from moments
    left join agents
        on
            agents.agent_id = moments.agent_id
            and agents.effective_from <= moments.changed_at
            and agents.effective_to > moments.changed_at
    left join planned_agents on planned_agents.agent_id = moments.agent_id
    left join observed_agents on observed_agents.agent_id = moments.agent_id
)

select
    agent_id,
    service_date,
    team_id,
    changed_at,
    handled_legs,
    tickets_worked,
    has_plan,
    has_states,
    is_planned or is_online or is_contact or is_acw as is_timed,
    case when is_online then seconds else 0 end as login_seconds,
    case when is_online and (is_planned or not has_plan) then seconds else 0 end as online_seconds,
    case when is_online and is_planned then seconds else 0 end as shift_online_seconds,
    case when is_available or is_busy then seconds else 0 end as ready_seconds,
    case when is_contact then seconds else 0 end as contact_seconds,
    case when is_contact or is_acw then seconds else 0 end as occupied_seconds,
    case when is_contact or is_acw or is_available then seconds else 0 end as occupiable_seconds,
    case when is_planned then seconds else 0 end as planned_seconds,
    case when is_planned and is_adherent then seconds else 0 end as adherent_seconds
from judged
