with

inquirers as (select * from {{ ref('int_inquirers_found') }}),
orders as (select * from {{ ref('int_orders_resolved') }} where is_paid and person_key is not null),
handlings as (select * from {{ ref('int_inquiry_handlings_credited') }}),
order_feeds as (
    select min(as_of) as as_of from {{ source('inputs', 'build_feeds') }} where stream = 'orders' and has_cadence
),

bought as (
    select inquirers.person_key, inquirers.inquired_on, min(orders.paid_at) as bought_at
    from inquirers
    inner join orders
        on
            orders.person_key = inquirers.person_key
            and orders.paid_at > inquirers.inquired_at
            and {{ seconds_between('inquirers.inquired_at', 'orders.paid_at') }} <= inquirers.conversion_seconds
    group by inquirers.person_key, inquirers.inquired_on
),

decided as (
    select
        inquirers.*,
        bought.bought_at,
        coalesce(bought.bought_at, {{ plus_seconds('inquirers.inquired_at', 'inquirers.conversion_seconds') }}) as decided_at,
        {{ seconds_between('inquirers.inquired_at', 'least(inquirers.as_of, coalesce(order_feeds.as_of, inquirers.as_of))') }}
        > inquirers.settled_after_seconds as is_past
    from inquirers
    cross join order_feeds
    left join bought on bought.person_key = inquirers.person_key and bought.inquired_on = inquirers.inquired_on
),

credited as (
    select * from (
        select
            decided.*,
            handlings.handling_id,
            case when handlings.handling_id is null then decided.channel else handlings.channel end as credited_channel,
            case when handlings.handling_id is null then decided.channel_group else handlings.channel_group end as credited_channel_group,
            case when handlings.handling_id is null then decided.queue_id else handlings.queue_id end as credited_queue_id,
            handlings.agent_id as seller_id,
            handlings.team_id as seller_team_id,
            row_number() over (
                partition by decided.person_key, decided.inquired_on
                order by handlings.handled_at desc nulls last, handlings.handling_id desc
            ) as preference
        from decided
        left join handlings
            on
                handlings.person_key = decided.person_key
                and handlings.inquired_at >= decided.inquired_at
                and handlings.handled_at <= decided.decided_at
    ) as ranked
    where preference = 1
)

select
    person_key,
    inquired_on,
    inquired_at,
    contact_id,
    ticket_id,
    bought_at,
    credited_channel as channel,
    credited_channel_group as channel_group,
    credited_queue_id as queue_id,
    seller_id,
    seller_team_id,
    is_past is true as is_inquirer,
    is_past is not true as is_conversion_pending,
    is_past is true and bought_at is not null as is_converted
from credited
