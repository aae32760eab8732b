{#
    The wrap-up of a handled queue leg: the first wrap-up pause of its agent that begins within five minutes of the leg's
    end and before the agent's next leg ends. Clocks of log and pause may differ by two seconds.
#}
with

legs as (
    select * from {{ ref('int_asterisk_queue_legs_judged') }}
    where agent_id is not null and ended_at is not null
),

wrapups as (select * from {{ ref('int_asterisk_wrapups_ended') }}),

moments as (
    select
        agent_id,
        ended_at as leg_ended_at,
        nullif(ended_at, ended_at) as started_at,
        {{ plus_seconds('ended_at', '-2') }} as moment
    from legs
    union all
    select agent_id, nullif(started_at, started_at) as leg_ended_at, started_at, started_at as moment from wrapups
),

attached as (
    select
        moments.*,
        max(leg_ended_at) over (
            partition by agent_id
            order by moment, case when leg_ended_at is null then 1 else 0 end
            rows between unbounded preceding and current row
        ) as after_leg_ended_at
    from moments
),

first_after as (
    select agent_id, after_leg_ended_at, min(started_at) as started_at
    from attached
    where started_at is not null and {{ seconds_between('after_leg_ended_at', 'started_at') }} <= 300
    group by agent_id, after_leg_ended_at
),

last_leg as (
    select
        legs.*,
        row_number() over (
            partition by agent_id, ended_at order by connected_at desc, call_id, queue_id, stay_number desc
        ) as rank_of_end
    from legs
)

select
    last_leg.call_id,
    last_leg.queue_id,
    last_leg.stay_number,
    last_leg.ended_at as leg_ended_at,
    wrapups.started_at,
    wrapups.ended_at,
    wrapups.is_followed_by_call
from last_leg
inner join first_after
    on first_after.agent_id = last_leg.agent_id and first_after.after_leg_ended_at = last_leg.ended_at
inner join wrapups on wrapups.agent_id = first_after.agent_id and wrapups.started_at = first_after.started_at
where last_leg.rank_of_end = 1
