{#- One row per scorecard of an agent or team in a closed month, as it was closed: what pay goes by. -#}
select
    month,
    scope,
    scope_id,
    team_id,
    score,
    band,
    rank,
    kpis,
    kpis_with_sample,
    is_settled,
    closed_at,
    closed_by
from {{ source('inputs', 'closed_scorecards') }}
