{# One row per paid order with the person who bought and what of the payment remains; fully refunded in time, it counts as not paid. #}
with

orders as (select * from {{ ref('int_orders_unioned') }} where paid_at is not null),
persons as (select * from {{ ref('int_persons_resolved') }}),
policies as (select * from {{ ref('int_conversion_policies_effective') }}),
watermarks as (select * from {{ source('inputs', 'build_sources') }}),

measured as (
    select
        orders.*,
        {{ local_date('orders.paid_at') }} as paid_on,
        cast(orders.amount as decimal(18, 6)) as paid_amount,
        cast(coalesce(orders.refunded_amount, 0) as decimal(18, 6)) as returned_amount,
        {{ seconds_between('orders.paid_at', 'orders.refunded_at') }} as refund_after_seconds,
        {{ seconds_between('orders.paid_at', 'watermarks.as_of') }} as covered_seconds,
        coalesce(by_id.person_key, by_phone.person_key, by_email.person_key, by_order.person_key) as person_key
    from orders
    left join persons as by_id on by_id.token = orders.customer_id_token
    left join persons as by_phone on by_phone.token = orders.customer_phone_token
    left join persons as by_email on by_email.token = orders.customer_email_token
    left join persons as by_order on by_order.token = orders.order_id_token
    left join watermarks on watermarks.source = orders.source_system
),

refunded as (
    select
        measured.*,
        policies.refund_seconds,
        policies.repurchase_seconds,
        (measured.returned_amount > 0 and measured.refund_after_seconds <= policies.refund_seconds) is true as is_refunded_in_time
    from measured
    left join policies on policies.effective_from <= measured.paid_on and policies.next_from > measured.paid_on
)

select
    refunded.*,
    coalesce(returned_amount < paid_amount, true) or not is_refunded_in_time as is_paid,
    case when is_refunded_in_time then paid_amount - returned_amount else paid_amount end as net_amount,
    (covered_seconds > refund_seconds) is true as is_refund_window_past
from refunded
