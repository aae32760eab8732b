{#- One row per series and stretch of days with the most specific target then in force. -#}
with

series as (
    select distinct series_id, kpi, variant, scope, scope_id, channel_group from {{ ref('int_kpi_series_spanned') }}
),
targets as (select * from {{ ref('kpi_targets') }}),

matched as (
    select
        series.series_id,
        targets.target_low,
        targets.target_high,
        targets.pass_value,
        targets.excellent_value,
        targets.effective_from,
        case when targets.scope_id = '*' then 1 else 0 end * 8
        + case when targets.scope = '*' then 1 else 0 end * 4
        + case when targets.channel_group = '*' then 1 else 0 end * 2
        + case when targets.variant = '*' then 1 else 0 end as generality
    from series
    inner join targets
        on
            targets.kpi = series.kpi
            and (targets.variant = '*' or targets.variant = series.variant)
            and (targets.scope = '*' or targets.scope = series.scope)
            and (targets.scope_id = '*' or targets.scope_id = series.scope_id)
            and (targets.channel_group = '*' or targets.channel_group = series.channel_group)
),

starts as (
    select
        series_id,
        effective_from,
        coalesce(
            lead(effective_from) over (partition by series_id order by effective_from), date '9999-12-31'
        ) as next_from
    from (select distinct series_id, effective_from from matched) as begun
),

ranked as (
    select
        starts.series_id,
        starts.effective_from,
        starts.next_from,
        matched.target_low,
        matched.target_high,
        matched.pass_value,
        matched.excellent_value,
        row_number() over (
            partition by starts.series_id, starts.effective_from
            order by matched.generality, matched.effective_from desc
        ) as preference
    from starts
    inner join matched on matched.series_id = starts.series_id and matched.effective_from <= starts.effective_from
)

select series_id, effective_from, next_from, target_low, target_high, pass_value, excellent_value
from ranked
where preference = 1
