select
    source,
    as_of,
    covered_from,
    last_landed_at,
    has_cadence,
    cast(accepted_rows as bigint) as accepted_rows,
    {{ seconds_between('as_of', '(select as_of from ' ~ source('inputs', 'build_info') ~ ')') }} as behind_seconds
from {{ source('inputs', 'build_sources') }}
