{{ config(materialized='ephemeral') }}
{# One row per agent and piece of handled work, at the moment it counts. #}
select
    resolved_agent_id as agent_id,
    handled_on as service_date,
    ended_at as worked_at,
    1 as handled_legs,
    0 as tickets_worked
from {{ ref('int_contact_legs_measured') }}
where is_handled and resolved_agent_id is not null
union all
select
    agent_id,
    worked_on as service_date,
    first_act_at as worked_at,
    0 as handled_legs,
    1 as tickets_worked
from {{ ref('fct_tickets_worked') }}
where is_worked and agent_id is not null
