{{ config(materialized='ephemeral') }}
{# One row per order that some inquirer paid inside the window, with the last human before the payment. #}
with

orders as (select * from {{ ref('int_orders_resolved') }} where is_paid and person_key is not null),
inquirers as (select * from {{ ref('int_inquirers_found') }}),
handlings as (select * from {{ ref('int_inquiry_handlings_credited') }}),

assisted as (
    select * from (
        select
            orders.*,
            inquirers.inquired_at,
            inquirers.channel,
            inquirers.channel_group,
            inquirers.queue_id,
            row_number() over (partition by orders.order_id_token order by inquirers.inquired_at) as preference
        from orders
        inner join inquirers
            on
                inquirers.person_key = orders.person_key
                and inquirers.inquired_at < orders.paid_at
                and {{ seconds_between('inquirers.inquired_at', 'orders.paid_at') }} <= inquirers.conversion_seconds
    ) as ranked
    where preference = 1
),

credited as (
    select * from (
        select
            assisted.*,
            handlings.agent_id as seller_id,
            handlings.team_id as seller_team_id,
            case when handlings.handling_id is null then assisted.channel else handlings.channel end as credited_channel,
            case when handlings.handling_id is null then assisted.channel_group else handlings.channel_group end as credited_channel_group,
            case when handlings.handling_id is null then assisted.queue_id else handlings.queue_id end as credited_queue_id,
            row_number() over (
                partition by assisted.order_id_token
                order by handlings.handled_at desc nulls last, handlings.handling_id desc
            ) as handling_place
        from assisted
        left join handlings
            on
                handlings.person_key = assisted.person_key
                and handlings.inquired_at >= assisted.inquired_at
                and handlings.handled_at <= assisted.paid_at
    ) as ranked
    where handling_place = 1
)

select
    credited.*,
    row_number() over (partition by person_key, paid_on order by paid_at, order_id_token) as place_of_day
from credited
