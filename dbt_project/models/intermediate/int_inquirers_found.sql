{# One row per inquirer: a person on a local day with an inquiry and no order paid shortly before the first of them. #}
with

inquiries as (select * from {{ ref('int_inquiries_found') }}),
orders as (select * from {{ ref('int_orders_resolved') }} where is_paid and person_key is not null),
policies as (select * from {{ ref('int_conversion_policies_effective') }}),

numbered as (
    select
        inquiries.*,
        row_number() over (partition by person_key, inquired_on order by started_at, contact_id) as place
    from inquiries
),

first_inquiries as (
    select
        numbered.*,
        policies.conversion_seconds,
        policies.prior_order_seconds,
        policies.refund_seconds
    from numbered
    inner join policies on policies.effective_from <= numbered.inquired_on and policies.next_from > numbered.inquired_on
    where numbered.place = 1
),

customers_already as (
    select distinct first_inquiries.person_key, first_inquiries.inquired_on
    from first_inquiries
    inner join orders
        on
            orders.person_key = first_inquiries.person_key
            and orders.paid_at <= first_inquiries.started_at
            and {{ seconds_between('orders.paid_at', 'first_inquiries.started_at') }} <= first_inquiries.prior_order_seconds
)

select
    first_inquiries.person_key,
    first_inquiries.inquired_on,
    first_inquiries.started_at as inquired_at,
    first_inquiries.contact_id,
    first_inquiries.ticket_id,
    first_inquiries.channel,
    first_inquiries.channel_group,
    first_inquiries.queue_id,
    first_inquiries.conversion_seconds,
    first_inquiries.conversion_seconds + first_inquiries.refund_seconds as settled_after_seconds,
    first_inquiries.as_of
from first_inquiries
left join customers_already
    on
        customers_already.person_key = first_inquiries.person_key
        and customers_already.inquired_on = first_inquiries.inquired_on
where customers_already.person_key is null
