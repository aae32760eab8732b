{#- One row per KPI, variant, day, scope, member and channel group with the most specific target in force. -#}
with

days as (select kpi, variant, service_date, scope, scope_id, channel_group from {{ ref('int_kpi_days_filled') }}),
targets as (select * from {{ ref('kpi_targets') }}),
places as (
    select distinct kpi, variant, scope, scope_id, channel_group from days
),

matched as (
    select
        places.*,
        targets.target_low,
        targets.target_high,
        targets.pass_value,
        targets.excellent_value,
        targets.effective_from,
        case when targets.scope_id = '*' then 1 else 0 end * 8
        + case when targets.scope = '*' then 1 else 0 end * 4
        + case when targets.channel_group = '*' then 1 else 0 end * 2
        + case when targets.variant = '*' then 1 else 0 end as generality
    from places
    inner join targets
        on
            targets.kpi = places.kpi
            and (targets.variant = '*' or targets.variant = places.variant)
            and (targets.scope = '*' or targets.scope = places.scope)
            and (targets.scope_id = '*' or targets.scope_id = places.scope_id)
            and (targets.channel_group = '*' or targets.channel_group = places.channel_group)
),

spanned as (
    select
        days.*,
        matched.target_low,
        matched.target_high,
        matched.pass_value,
        matched.excellent_value,
        row_number() over (
            partition by days.kpi, days.variant, days.service_date, days.scope, days.scope_id, days.channel_group
            order by matched.generality, matched.effective_from desc
        ) as preference
    from days
    inner join matched
        on
            matched.kpi = days.kpi
            and matched.variant = days.variant
            and matched.scope = days.scope
            and matched.scope_id = days.scope_id
            and matched.channel_group = days.channel_group
            and matched.effective_from <= days.service_date
)

select * from spanned where preference = 1
