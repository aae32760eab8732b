{# One row per identifier token: the person it belongs to, keyed by the smallest token of the connected component.

   Label propagation, unrolled: each round takes the smallest label over the sightings a token is in, then the label of
   that label, so that the reach at least doubles with every round. A test checks that the rounds were enough. #}
with

links as (select sighting_key, token from {{ ref('int_customer_identifiers') }} where not is_shared),

labels_0 as (select token, min(token) as label from links group by token),
{% for round in range(1, 9) %}
sightings_{{ round }} as (
    select links.sighting_key, min(labels.label) as label
    from links
    inner join labels_{{ round - 1 }} as labels on labels.token = links.token
    group by links.sighting_key
),

spread_{{ round }} as (
    select links.token, min(sightings.label) as label
    from links
    inner join sightings_{{ round }} as sightings on sightings.sighting_key = links.sighting_key
    group by links.token
),

labels_{{ round }} as (
    select spread.token, least(spread.label, coalesce(jump.label, spread.label)) as label
    from spread_{{ round }} as spread
    left join spread_{{ round }} as jump on jump.token = spread.label
),
{% endfor %}
persons as (select token, label as person_key, false as is_shared from labels_8),

shared as (
    select distinct token, cast(null as varchar) as person_key, true as is_shared
    from {{ ref('int_customer_identifiers') }}
    where is_shared
)

select * from persons
union all
select * from shared
