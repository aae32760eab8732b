{{ config(materialized='ephemeral') }}
{# One row per agent and unbroken run of planned stretches: from coming to going. #}
with

-- Activities planned for the same time, or told of two logins of one person, are one row, so that the order of what follows is certain.
shifts as (select distinct agent_id, starts_at, ends_at from {{ ref('fct_shifts') }} where is_counted),

marked as (
    select
        shifts.*,
        case
            when starts_at <= max(ends_at) over (
                partition by agent_id order by starts_at, ends_at rows between unbounded preceding and 1 preceding
            ) then 0
            else 1
        end as is_new_run
    from shifts
),

numbered as (
    select
        marked.*,
        sum(is_new_run) over (
            partition by agent_id order by starts_at, ends_at rows between unbounded preceding and current row
        ) as run_number
    from marked
)

select
    agent_id,
    run_number,
    min(starts_at) as starts_at,
    max(ends_at) as ends_at
from numbered
group by agent_id, run_number
