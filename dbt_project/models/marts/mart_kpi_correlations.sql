{#- One row per pair of KPIs, unit and channel group: how they go together over the published range. -#}
with

pairs as (select * from {{ ref('kpi_correlation_pairs') }}),
listed as (select * from {{ ref('int_kpi_pairs_listed') }}),
info as (select * from {{ source('inputs', 'build_info') }}),

offsets as (
    select
        unit,
        kpi_x,
        kpi_y,
        channel_group,
        cast(x - min(x) over same_pair as decimal(18, 6)) as x,
        cast(y - min(y) over same_pair as decimal(18, 6)) as y,
        cast(doubled_rank_x as decimal(18, 6)) as place_x,
        cast(doubled_rank_y as decimal(18, 6)) as place_y
    from listed
    window same_pair as (partition by unit, kpi_x, kpi_y, channel_group)
),

correlated as (
    select
        unit,
        kpi_x,
        kpi_y,
        channel_group,
        cast(count(*) as bigint) as sample_size,
        {{ pearson('x', 'y') }} as pearson,
        {{ pearson('place_x', 'place_y') }} as spearman
    from offsets
    group by unit, kpi_x, kpi_y, channel_group
)

select
    info.first_day as period_start,
    info.last_day as period_end,
    pairs.unit,
    pairs.kpi_x,
    pairs.kpi_y,
    pairs.channel_group,
    coalesce(correlated.sample_size, 0) as sample_size,
    correlated.pearson,
    correlated.spearman
from pairs
cross join info
left join correlated
    on
        correlated.unit = pairs.unit
        and correlated.kpi_x = pairs.kpi_x
        and correlated.kpi_y = pairs.kpi_y
        and correlated.channel_group = pairs.channel_group
