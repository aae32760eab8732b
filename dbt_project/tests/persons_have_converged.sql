-- The unrolled label propagation of int_persons_resolved was enough: no sighting holds identifiers of two persons.
select links.sighting_key
from {{ ref('int_customer_identifiers') }} as links
inner join {{ ref('int_persons_resolved') }} as persons on persons.token = links.token
where not links.is_shared
group by links.sighting_key
having count(distinct persons.person_key) > 1
