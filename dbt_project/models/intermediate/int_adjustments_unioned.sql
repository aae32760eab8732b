{#- One row per subject and KPI that an adjustment names, numbered; `marks` are those of all adjustments of the subject, which
    the facts join by `is_first`. -#}
with

unioned as ({{ canonical('adjustments') }}),

numbered as (
    select
        unioned.*,
        row_number() over (order by subject, kpi) as adjustment_number,
        row_number() over (partition by subject order by kpi) = 1 as is_first
    from unioned
),

marked as (
    select subject, {{ listed("'|' || kpi || ':' || cast(adjustment_number as varchar) || '|'") }} as marks
    from numbered
    where kpi = '*' or kpi in (select kpi from {{ ref('kpi_catalog') }})
    group by subject
)

select numbered.*, marked.marks
from numbered
left join marked on marked.subject = numbered.subject
