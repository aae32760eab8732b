{# One row per opening and day of the calendar's own clock it lies in: where to look up when the clock shows a reading. #}
with

openings as (select * from {{ ref('int_calendars_opened') }} where open_seconds > 0),

steps as (select * from (values (0), (1), (2)) as numbers (step)),

reached as (
    select
        openings.calendar_id,
        openings.opens_at,
        openings.seconds_before,
        cast(openings.seconds_before + openings.open_seconds as decimal(18, 6)) as seconds_after,
        cast(floor(openings.seconds_before / 86400) as bigint) + steps.step as clock_day
    from openings
    cross join steps
)

select * from reached
where clock_day * 86400 <= seconds_after
