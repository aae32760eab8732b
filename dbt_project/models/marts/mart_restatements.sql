{#- One row per figure of a closed month that is another one now: as it was closed, as it is, and why. -#}
with

closed as (select * from {{ source('inputs', 'closed_kpis') }}),
later as (select * from {{ ref('int_closings_superseded') }}),
taken_out as (select * from {{ ref('int_kpi_parts_summed') }} where adjusted_by is not null),
adjustments as (select * from {{ ref('int_adjustments_unioned') }}),
batches as (select * from {{ source('inputs', 'build_inputs') }} where feeds like '%adjustments%'),
closings as (select distinct month, period_start, closed_at, closed_by from {{ source('inputs', 'closed_kpis') }}),

current_figures as (
    select periods.*, closings.month
    from {{ ref('int_kpi_periods_valued') }} as periods
    inner join closings on closings.period_start = periods.period_start
    where periods.grain = 'month'
),

compared as (
    select
        coalesce(closed.month, current_figures.month) as month,
        coalesce(closed.scope, current_figures.scope) as scope,
        coalesce(closed.scope_id, current_figures.scope_id) as scope_id,
        coalesce(closed.channel_group, current_figures.channel_group) as channel_group,
        coalesce(closed.kpi, current_figures.kpi) as kpi,
        coalesce(closed.variant, current_figures.variant) as variant,
        {%- for column in ['kpi_version', 'numerator', 'denominator', 'value', 'sample_size', 'pending_size'] %}
        closed.{{ column }} as {{ column }}_closed,
        current_figures.{{ column }} as {{ column }}_now
        {{- '' if loop.last else ',' }}
        {%- endfor %}
    from closed
    full outer join current_figures
        on
            current_figures.month = closed.month
            and current_figures.scope = closed.scope
            and current_figures.scope_id = closed.scope_id
            and current_figures.channel_group = closed.channel_group
            and current_figures.kpi = closed.kpi
            and current_figures.variant = closed.variant
),

adjusted as (
    select closings.month, taken_out.kpi, {{ listed('adjustments.subject') }} as subjects
    from taken_out
    inner join closings on closings.period_start = {{ period_start('month', 'taken_out.service_date') }}
    inner join adjustments
        on {{ is_adjusted_by('taken_out.adjusted_by', 'adjustments.kpi', 'adjustments.adjustment_number') }}
    inner join batches
        on
            batches.batch = adjustments._batch
            and batches.attempt = adjustments._attempt
            and batches.landed_at >= closings.closed_at
    group by closings.month, taken_out.kpi
)

select
    compared.month,
    compared.scope,
    compared.scope_id,
    compared.channel_group,
    compared.kpi,
    compared.variant,
    compared.kpi_version_closed,
    compared.kpi_version_now,
    compared.numerator_closed,
    compared.numerator_now,
    compared.denominator_closed,
    compared.denominator_now,
    compared.value_closed,
    compared.value_now,
    compared.sample_size_closed,
    compared.sample_size_now,
    compared.pending_size_closed,
    compared.pending_size_now,
    case
        when kpi_version_closed is distinct from kpi_version_now
            and kpi_version_closed is not null and kpi_version_now is not null then 'definition'
        when adjusted.subjects is not null then 'adjustment'
        when coalesce(pending_size_closed, 0) > coalesce(pending_size_now, 0) then 'outcome'
        when later.batches is not null then 'late data'
        else 'policy or code'
    end as cause,
    later.batches,
    adjusted.subjects as adjusted_subjects,
    closings.closed_at,
    closings.closed_by
from compared
inner join closings on closings.month = compared.month
left join later on later.month = compared.month and later.kpi = compared.kpi
left join adjusted on adjusted.month = compared.month and adjusted.kpi = compared.kpi
where
    coalesce(numerator_closed, 0) <> coalesce(numerator_now, 0)
    or coalesce(denominator_closed, 0) <> coalesce(denominator_now, 0)
    or coalesce(sample_size_closed, 0) <> coalesce(sample_size_now, 0)
    or (value_closed is distinct from value_now and coalesce(sample_size_closed, sample_size_now, 0) > 0)
