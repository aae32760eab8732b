{{ config(materialized='ephemeral') }}
select
    kind,
    name,
    reason,
    state_class,
    planned_class,
    effective_from,
    coalesce(
        lead(effective_from) over (partition by kind, name, reason order by effective_from), date '9999-12-31'
    ) as effective_to
from {{ ref('state_classes') }}
