{# One row per calendar and slot of a local day, with what its clock showed before; slots of a day lie end to end. #}
with

openings as (select * from {{ ref('int_calendars_laid_out') }}),

measured as (
    select
        openings.*,
        coalesce({{ seconds_between('opens_at', 'closes_at') }}, 0) as open_seconds,
        row_number() over (partition by calendar_id, local_day order by opens_at) as slot_number,
        lead(opens_at) over (partition by calendar_id, local_day order by opens_at) as next_opens_at
    from openings
)

select
    calendar_id,
    local_day,
    case when slot_number = 1 then {{ local_midnight('local_day') }} else opens_at end as slot_from,
    coalesce(next_opens_at, {{ local_midnight('local_day + 1') }}) as slot_to,
    opens_at,
    closes_at,
    cast(open_seconds as decimal(18, 6)) as open_seconds,
    cast(
        coalesce(
            sum(open_seconds) over (
                partition by calendar_id order by local_day, slot_number
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as decimal(18, 6)
    ) as seconds_before
from measured
