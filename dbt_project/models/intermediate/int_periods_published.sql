{#- One row per day, ISO week and month that holds a published day; ends_at is the local midnight that ends it. -#}
with

days as (select * from {{ ref('int_days_published') }}),
info as (select * from {{ source('inputs', 'build_info') }}),

starts as (
    {%- for grain in ['day', 'week', 'month'] %}
    select
        '{{ grain }}' as grain,
        {{ period_start(grain, 'service_date') }} as period_start,
        max(case when is_complete then service_date end) as last_complete_day
    from days
    group by all
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

periods as (
    select
        starts.*,
        case
            {%- for grain in ['day', 'week', 'month'] %}
            when grain = '{{ grain }}' then {{ period_end(grain, 'period_start') }}
            {%- endfor %}
        end as period_end
    from starts
)

select
    periods.*,
    {{ local_midnight('periods.period_end + 1') }} as ends_at,
    periods.period_start >= info.first_day and periods.period_end <= info.last_day as is_whole
from periods
cross join info
