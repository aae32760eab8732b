{# One row per set of identifiers that some record shows together, and per identifier in it. #}
with

sightings as (
    select customer_id_token, customer_phone_token, customer_email_token, order_id_token
    from {{ ref('int_contact_legs_unioned') }}
    where
        not coalesce(is_test, false) and not coalesce(is_internal, false) and not coalesce(is_spam, false)
        and not is_suspect
    union
    select customer_id_token, customer_phone_token, customer_email_token, order_id_token
    from {{ ref('int_tickets_unioned') }}
    where not coalesce(is_spam, false)
    union
    select customer_id_token, customer_phone_token, customer_email_token, order_id_token
    from {{ ref('int_orders_unioned') }}
    union
    select customer_id_token, customer_phone_token, customer_email_token, cast(null as varchar) as order_id_token
    from {{ ref('int_customers_unioned') }}
),

numbered as (
    select
        sightings.*,
        row_number() over (
            order by customer_id_token, customer_phone_token, customer_email_token, order_id_token
        ) as sighting_key
    from sightings
),

identifiers as (
    select sighting_key, customer_id_token, customer_id_token as token from numbered where customer_id_token is not null
    union all
    select sighting_key, customer_id_token, customer_phone_token as token from numbered where customer_phone_token is not null
    union all
    select sighting_key, customer_id_token, customer_email_token as token from numbered where customer_email_token is not null
    union all
    select sighting_key, customer_id_token, order_id_token as token from numbered where order_id_token is not null
),

customers_per_kind as (
    select
        token,
        split_part(customer_id_token, ':', 1) as kind,
        count(distinct customer_id_token) as customers
    from identifiers
    where token <> customer_id_token
    group by all
),

shared as (
    select distinct token
    from customers_per_kind
    where customers > {{ var('shared_identity_limit') }}
)

select
    identifiers.sighting_key,
    identifiers.token,
    shared.token is not null as is_shared
from identifiers
left join shared on shared.token = identifiers.token
