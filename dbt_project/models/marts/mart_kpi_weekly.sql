with

periods as (select * from {{ ref('int_kpi_periods_valued') }} where grain = 'week')

select
    period_start,
    period_end,
    {{ iso_week('period_start') }} as iso_week,
    scope,
    scope_id,
    channel_group,
    kpi,
    variant,
    kpi_version,
    numerator,
    denominator,
    value,
    sample_size,
    pending_size,
    value_prev,
    change_abs,
    change_rel,
    verdict,
    target_low,
    target_high,
    band,
    is_settled,
    settles_on,
    is_partial
from periods
