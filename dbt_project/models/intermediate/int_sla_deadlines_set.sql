{# One row per clock that a policy was in force for when it started, with the moment it is due. #}
with

clocks as (
    select
        clocks.*,
        priorities.priority,
        {{ local_date('clocks.started_at') }} as service_date,
        {{ calendar_of('clocks.start_queue_id', 'clocks.channel_group', local_date('clocks.started_at')) }} as calendar_id
    from {{ ref('int_sla_clocks_started') }} as clocks
    left join {{ ref('int_ticket_priorities_spanned') }} as priorities
        on
            priorities.ticket_id = clocks.ticket_id
            and priorities.effective_from <= clocks.started_at
            and priorities.effective_to > clocks.started_at
),

policies as (select * from {{ ref('sla_policies') }}),
places as (select distinct metric, start_queue_id, channel_group, priority, service_date from clocks),

promises as (
    select * from (
        select
            places.*,
            policies.target_seconds,
            policies.clock,
            row_number() over (
                partition by places.metric, places.start_queue_id, places.channel_group, places.priority, places.service_date
                order by
                    case when policies.queue_id = '*' then 1 else 0 end,
                    case when policies.channel_group = '*' then 1 else 0 end,
                    case when policies.priority = '*' then 1 else 0 end,
                    policies.effective_from desc
            ) as preference
        from places
        inner join policies
            on
                policies.metric = places.metric
                and (policies.queue_id = '*' or policies.queue_id = places.start_queue_id)
                and (policies.channel_group = '*' or policies.channel_group = places.channel_group)
                and (policies.priority = '*' or policies.priority = places.priority)
                and policies.effective_from <= places.service_date
    ) as ranked
    where preference = 1
),

promised as (
    select
        clocks.*,
        promises.clock,
        promises.target_seconds,
        case when promises.clock = 'business' then {{ business_clock('start_slot', 'clocks.started_at') }} + promises.target_seconds end
            as due_clock_seconds
    from clocks
    inner join promises
        on
            promises.metric = clocks.metric
            and promises.start_queue_id is not distinct from clocks.start_queue_id
            and promises.channel_group is not distinct from clocks.channel_group
            and promises.priority is not distinct from clocks.priority
            and promises.service_date = clocks.service_date
    {{ join_business_slot('start_slot', 'clocks.calendar_id', 'clocks.started_at') }}
)

select
    promised.*,
    case
        when promised.clock = 'business' then {{ business_due('due_stretch', 'promised.due_clock_seconds') }}
        else {{ plus_seconds('promised.started_at', 'promised.target_seconds') }}
    end as due_at
from promised
{{ join_business_due('due_stretch', 'promised.calendar_id', 'promised.due_clock_seconds') }}
