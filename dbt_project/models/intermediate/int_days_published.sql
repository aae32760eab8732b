{# One row per local day of the published range; midnight_at is the end of the day, is_complete whether the data reaches it. #}
with

info as (select * from {{ source('inputs', 'build_info') }}),

days as (
    {{ days("(select first_day from " ~ source('inputs', 'build_info') ~ ")", "(select last_day from " ~ source('inputs', 'build_info') ~ ")") }}
)

select
    days.service_date,
    {{ local_midnight('days.service_date + 1') }} as midnight_at,
    {{ local_midnight('days.service_date + 1') }} <= info.as_of as is_complete
from days
cross join info
