with

slots as (select * from {{ ref('int_calendars_opened') }}),
special_days as (select * from {{ ref('calendar_days') }}),

opened as (
    select
        calendar_id,
        local_day,
        cast(sum(open_seconds) as decimal(18, 6)) as open_seconds,
        min(opens_at) as opens_at,
        max(closes_at) as closes_at
    from slots
    group by calendar_id, local_day
)

select
    opened.calendar_id,
    opened.local_day as calendar_date,
    {{ iso_weekday('opened.local_day') }} as weekday,
    opened.open_seconds > 0 as is_open,
    special_days.calendar_date is not null and special_days.works_as_weekday is null as is_holiday,
    special_days.works_as_weekday is not null as is_make_up_day,
    special_days.name_zh,
    special_days.name_en,
    opened.open_seconds,
    opened.opens_at,
    opened.closes_at
from opened
left join special_days on special_days.calendar_id = opened.calendar_id and special_days.calendar_date = opened.local_day
