{# One row per queue, channel group and local day on which something was offered: the policy in force. #}
with

legs as (select * from {{ ref('int_contact_legs_unioned') }}),
policies as (select * from {{ ref('service_level_policies') }}),

days as (
    select distinct queue_id, channel_group, {{ local_date('offered_at') }} as service_date
    from legs
),

ranked as (
    select
        days.queue_id,
        days.channel_group,
        days.service_date,
        policies.variant,
        policies.threshold_seconds,
        policies.short_abandon_seconds,
        row_number() over (
            partition by days.queue_id, days.channel_group, days.service_date
            order by
                case when policies.queue_id = '*' then 1 else 0 end,
                case when policies.channel_group = '*' then 1 else 0 end,
                policies.effective_from desc
        ) as preference
    from days
    inner join policies
        on
            (policies.queue_id = '*' or policies.queue_id = days.queue_id)
            and (policies.channel_group = '*' or policies.channel_group = days.channel_group)
            and policies.effective_from <= days.service_date
)

select queue_id, channel_group, service_date, variant, threshold_seconds, short_abandon_seconds
from ranked
where preference = 1
