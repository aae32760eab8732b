{#- One row per KPI, variant, day, scope, member and channel group that the published mart shows, empty days included. -#}
with

summed as (select * from {{ ref('int_kpi_scopes_summed') }}),
days as (select * from {{ ref('int_days_published') }}),

versions as (
    select
        kpi,
        variant,
        version,
        scopes,
        channel_groups,
        has_all,
        kind,
        effective_from,
        lead(effective_from) over (partition by kpi, variant order by effective_from) as next_from
    from {{ ref('kpi_catalog') }}
),

members as (
    select distinct scope, scope_id, channel_group from summed
),

member_days as (
    select members.scope, members.scope_id, members.channel_group, days.service_date, days.is_complete
    from members
    cross join days
    where members.scope <> 'agent'
    union all
    select distinct summed.scope, summed.scope_id, summed.channel_group, days.service_date, days.is_complete
    from summed
    inner join days on days.service_date = summed.service_date
    where summed.scope = 'agent'
),

slots as (
    select
        versions.kpi,
        versions.variant,
        versions.version as kpi_version,
        versions.kind,
        member_days.service_date,
        member_days.scope,
        member_days.scope_id,
        member_days.channel_group
    from member_days
    inner join versions
        on
            '|' || versions.scopes || '|' like '%|' || member_days.scope || '|%'
            and (
                '|' || versions.channel_groups || '|' like '%|' || member_days.channel_group || '|%'
                or (member_days.channel_group = 'all' and versions.has_all)
            )
            and versions.effective_from <= member_days.service_date
            and (versions.next_from is null or versions.next_from > member_days.service_date)
    where versions.kind <> 'stock' or member_days.is_complete
)

select
    slots.kpi,
    slots.variant,
    slots.kpi_version,
    slots.kind,
    slots.service_date,
    slots.scope,
    slots.scope_id,
    slots.channel_group,
    coalesce(summed.numerator, 0) as numerator,
    case when slots.kind not in ('count', 'stock') then coalesce(summed.denominator, 0) end as denominator,
    coalesce(summed.sample_size, 0) as sample_size,
    coalesce(summed.pending_size, 0) as pending_size
from slots
left join summed
    on
        summed.kpi = slots.kpi
        and summed.variant = slots.variant
        and summed.kpi_version = slots.kpi_version
        and summed.service_date = slots.service_date
        and summed.scope = slots.scope
        and summed.scope_id = slots.scope_id
        and summed.channel_group = slots.channel_group
