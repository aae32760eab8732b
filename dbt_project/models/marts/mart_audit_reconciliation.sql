{#- One row per landed attempt: landed = accepted + quarantined + waived + erased + duplicates + outside + held back. -#}
select
    source,
    stream,
    batch,
    attempt,
    status,
    is_current,
    landed_at,
    admitted_at,
    rules_version,
    source_count,
    landed,
    accepted,
    case when accepted is not null then accepted_current end as accepted_current,
    accepted - accepted_current as accepted_older,
    quarantined,
    duplicates,
    outside,
    held_back,
    waived,
    erased,
    released,
    accepted_erased,
    accepted_rows,
    unexplained,
    unexplained = 0 and coalesce(source_count = landed, true) as is_balanced

from {{ source('inputs', 'build_attempts') }}
