{#- One row per adjustment and KPI, variant and day that it took rows out of; one that took out nothing has one row that says so. -#}
with

adjustments as (select * from {{ ref('int_adjustments_unioned') }}),
taken_out as (select * from {{ ref('int_kpi_parts_summed') }} where adjusted_by is not null),
codes as (select distinct kpi from {{ ref('kpi_catalog') }}),

found as (
    select
        adjustments.adjustment_number,
        taken_out.kpi,
        taken_out.variant,
        taken_out.service_date,
        cast(sum(taken_out.sample_size + taken_out.pending_size) as bigint) as fact_rows,
        {{ exact_sum('taken_out.numerator') }} as numerator,
        {{ exact_sum('taken_out.denominator') }} as denominator
    from adjustments
    inner join taken_out
        on
            {{ is_adjusted_by('taken_out.adjusted_by', 'adjustments.kpi', 'adjustments.adjustment_number') }}
            and adjustments.kpi in (taken_out.kpi, '*')
    group by adjustments.adjustment_number, taken_out.kpi, taken_out.variant, taken_out.service_date
)

select
    adjustments.subject,
    adjustments.kpi as adjusted_kpi,
    adjustments.reason,
    adjustments.approved_by,
    adjustments.approved_at,
    case
        when found.kpi is not null then 'applied'
        when adjustments.kpi <> '*' and codes.kpi is null then 'no such KPI'
        else 'matched nothing'
    end as outcome,
    found.kpi,
    found.variant,
    found.service_date,
    coalesce(found.fact_rows, 0) as fact_rows,
    found.numerator,
    found.denominator,
    adjustments._batch,
    adjustments._attempt
from adjustments
left join found on found.adjustment_number = adjustments.adjustment_number
left join codes on codes.kpi = adjustments.kpi
