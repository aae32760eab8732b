{{ config(materialized='ephemeral') }}
{# One row per stretch of an agent's time and local day it touches, cut at local midnight. #}
with

stretches as (select * from {{ ref('int_agent_time_stacked') }}),

on_days as (
    select
        stretches.*,
        {{ each_day(local_date('from_at'), local_date('to_at')) }} as touched_on
    from stretches
),

dated as (
    select on_days.*, cast(touched_on as date) as service_date
    from on_days
),

cut as (
    select
        agent_id,
        kind,
        state_class,
        planned_class,
        service_date,
        greatest(from_at, {{ local_midnight('service_date') }}) as from_at,
        least(to_at, {{ local_midnight('service_date + 1') }}) as to_at
    from dated
)

select * from cut
where from_at < to_at
