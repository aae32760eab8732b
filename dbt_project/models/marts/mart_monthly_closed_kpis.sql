{#- One row per row of the monthly mart of a closed month, as it was closed: it never changes any more. -#}
select
    month,
    period_start,
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
    is_settled,
    closed_at,
    closed_by
from {{ source('inputs', 'closed_kpis') }}
