with

assisted as (select * from {{ ref('int_orders_assisted') }}),
orders as (select * from {{ ref('int_orders_resolved') }} where is_paid and person_key is not null),

returned as (
    select distinct assisted.order_id_token
    from assisted
    inner join orders
        on
            orders.person_key = assisted.person_key
            and orders.paid_on > assisted.paid_on
            and {{ seconds_between('assisted.paid_at', 'orders.paid_at') }} <= assisted.repurchase_seconds
    where assisted.place_of_day = 1
),

judged as (
    select
        assisted.*,
        returned.order_id_token is not null as has_bought_again,
        assisted.place_of_day = 1 as is_first_of_day,
        (assisted.covered_seconds > assisted.repurchase_seconds + assisted.refund_seconds) is true as is_repurchase_window_past
    from assisted
    left join returned on returned.order_id_token = assisted.order_id_token
)

select
    order_id_token,
    person_key,
    shop,
    source_system,
    credited_channel as channel,
    credited_channel_group as channel_group,
    credited_queue_id as queue_id,
    seller_id,
    seller_team_id,
    inquired_at,
    created_at,
    paid_at,
    paid_on,
    currency,
    net_amount,
    distinct_products,
    is_refund_window_past as is_assisted,
    is_refund_window_past and net_amount is not null as is_priced,
    not is_refund_window_past and net_amount is not null as is_price_pending,
    is_refund_window_past and distinct_products is not null as is_filled,
    not is_refund_window_past and distinct_products is not null as is_fill_pending,
    is_refund_window_past and coalesce(distinct_products >= 2, false) as is_cross_sold,
    is_first_of_day and is_repurchase_window_past as is_buyer,
    is_first_of_day and not is_repurchase_window_past as is_buyer_pending,
    is_first_of_day and is_repurchase_window_past and has_bought_again as is_repurchased
from judged
