{#- One row per series and day that the daily mart shows, empty days included. -#}
with

summed as (select * from {{ ref('int_kpi_scopes_summed') }}),
member_days as (select * from {{ ref('int_kpi_members_dated') }}),
series as (select * from {{ ref('int_kpi_series_spanned') }}),

slots as (
    select
        series.series_id,
        series.member_number,
        series.kpi_number,
        series.kpi_version,
        series.kind,
        series.has_denominator,
        member_days.service_date
    from member_days
    inner join series
        on
            series.member_number = member_days.member_number
            and series.effective_from <= member_days.service_date
            and series.next_from > member_days.service_date
    where series.kind <> 'stock' or member_days.is_complete
),

parts as (
    select members.member_number, summed.*
    from summed
    inner join (select distinct member_number, scope, scope_id, channel_group from member_days) as members
        on
            members.scope = summed.scope
            and members.scope_id = summed.scope_id
            and members.channel_group = summed.channel_group
)

select
    slots.series_id,
    slots.member_number,
    slots.kpi_number,
    slots.kpi_version,
    slots.kind,
    slots.service_date,
    coalesce(parts.numerator, 0) as numerator,
    case when slots.has_denominator then coalesce(parts.denominator, 0) end as denominator,
    coalesce(parts.sample_size, 0) as sample_size,
    coalesce(parts.pending_size, 0) as pending_size
from slots
left join parts
    on
        parts.member_number = slots.member_number
        and parts.kpi_number = slots.kpi_number
        and parts.service_date = slots.service_date
