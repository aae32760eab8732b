{#
    One row per chat leg, local day and clock (contact, handle) with its own seconds and its share of the agent's. Each stretch in which
    an agent's open chats stay the same is shared in whole microseconds; what does not divide goes to those answered first, so
    that shares add up to the union exactly.
#}
with

legs as (select * from {{ ref('int_chat_legs_held') }}),

held as (
    select contact_leg_id, holder, 'contact' as clock, answered_at, answered_at as from_at, ended_at as to_at
    from legs
    union all
    select contact_leg_id, holder, 'handle' as clock, answered_at, answered_at as from_at, handled_until_at as to_at
    from legs
),

on_days as (
    select held.*, {{ each_day(local_date('from_at'), local_date('to_at')) }} as held_on
    from held
),

pieces as (
    select
        contact_leg_id,
        holder,
        clock,
        answered_at,
        cast(held_on as date) as service_date,
        greatest(from_at, {{ local_midnight('cast(held_on as date)') }}) as from_at,
        least(to_at, {{ local_midnight('cast(held_on as date) + 1') }}) as to_at
    from on_days
),

moments as (
    select holder, clock, service_date, from_at as moment from pieces
    union
    select holder, clock, service_date, to_at as moment from pieces
),

stretches as (
    select
        moments.*,
        lead(moment) over (partition by holder, clock, service_date order by moment) as next_moment
    from moments
),

shared as (
    select
        pieces.contact_leg_id,
        stretches.clock,
        stretches.service_date,
        cast(cast({{ seconds_between('stretches.moment', 'stretches.next_moment') }} as decimal(27, 6)) * 1000000 as bigint) as micros,
        count(*) over stretch as chats,
        row_number() over (
            partition by stretches.holder, stretches.clock, stretches.service_date, stretches.moment
            order by pieces.answered_at, pieces.contact_leg_id
        ) as place
    from stretches
    inner join pieces
        on
            pieces.holder = stretches.holder
            and pieces.clock = stretches.clock
            and pieces.service_date = stretches.service_date
            and pieces.from_at <= stretches.moment
            and pieces.to_at >= stretches.next_moment
    window stretch as (partition by stretches.holder, stretches.clock, stretches.service_date, stretches.moment)
)

select
    contact_leg_id,
    clock,
    service_date,
    {{ micros_to_seconds('sum(micros)') }} as own_seconds,
    {{ micros_to_seconds(
        'sum(cast((micros - micros % chats) / chats as bigint) + case when place <= micros % chats then 1 else 0 end)'
    ) }} as share_seconds
from shared
group by contact_leg_id, clock, service_date
