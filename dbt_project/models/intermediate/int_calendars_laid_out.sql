{{ config(materialized='ephemeral') }}
{# One row per calendar, local day and opening of that day; a closed day is one row without opening. #}
with

hours as (select * from {{ ref('calendars') }}),
special_days as (select * from {{ ref('calendar_days') }}),

days as (
    {{ days("date '2015-01-01'", "(select last_day + 400 from " ~ source('inputs', 'build_info') ~ ")") }}
),

versions as (
    select
        calendar_id,
        effective_from,
        lead(effective_from) over (partition by calendar_id order by effective_from) as next_from
    from (select distinct calendar_id, effective_from from hours) as changes
),

-- A handful of calendars: no key is needed for this join.
calendar_days as (
    select
        versions.calendar_id,
        versions.effective_from,
        days.service_date as local_day,
        case
            when special_days.calendar_date is null then {{ iso_weekday('days.service_date') }}
            else special_days.works_as_weekday
        end as weekday
    from versions
    inner join days
        on
            days.service_date >= versions.effective_from
            and (versions.next_from is null or days.service_date < versions.next_from)
    left join special_days
        on special_days.calendar_id = versions.calendar_id and special_days.calendar_date = days.service_date
)

select
    calendar_days.calendar_id,
    calendar_days.local_day,
    {{ local_moment('calendar_days.local_day', clock_seconds('hours.opens_at')) }} as opens_at,
    {{ local_moment('calendar_days.local_day', clock_seconds('hours.closes_at')) }} as closes_at
from calendar_days
left join hours
    on
        hours.calendar_id = calendar_days.calendar_id
        and hours.effective_from = calendar_days.effective_from
        and hours.weekday = calendar_days.weekday
