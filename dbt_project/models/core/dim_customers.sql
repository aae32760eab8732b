select
    person_key,
    cast(count(*) as bigint) as identifiers
from {{ ref('int_persons_resolved') }}
where not is_shared
group by person_key
