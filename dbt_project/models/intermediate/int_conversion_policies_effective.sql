{{ config(materialized='ephemeral') }}
{# The windows of the sales KPIs and the days they are in force. #}
select
    conversion_seconds,
    prior_order_seconds,
    refund_seconds,
    repurchase_seconds,
    effective_from,
    coalesce(lead(effective_from) over (order by effective_from), date '9999-12-31') as next_from
from {{ ref('conversion_policies') }}
