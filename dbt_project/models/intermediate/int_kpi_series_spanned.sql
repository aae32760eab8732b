{#- One row per member, KPI, variant and version that the marts show: a series is one member's KPI, numbered. -#}
with

members as (
    select distinct member_number, scope, scope_id, channel_group from {{ ref('int_kpi_members_dated') }}
),
versions as (select * from {{ ref('int_kpi_versions_named') }})

select
    members.member_number * 100000 + versions.kpi_number as series_id,
    members.member_number,
    members.scope,
    members.scope_id,
    members.channel_group,
    versions.kpi_number,
    versions.kpi,
    versions.variant,
    versions.kpi_version,
    versions.kind,
    versions.direction,
    versions.has_denominator,
    versions.effective_from,
    versions.next_from
from members
inner join versions
    on
        '|' || versions.scopes || '|' like '%|' || members.scope || '|%'
        and (
            '|' || versions.channel_groups || '|' like '%|' || members.channel_group || '|%'
            or (members.channel_group = 'all' and versions.has_all)
        )
