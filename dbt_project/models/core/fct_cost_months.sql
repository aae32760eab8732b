with

costs as (select * from {{ ref('int_costs_unioned') }}),
rates as (select * from {{ ref('exchange_rates') }}),
contacts as (select * from {{ ref('fct_contacts') }}),
info as (select * from {{ source('inputs', 'build_info') }}),

converted as (
    select
        try_cast(costs.month || '-01' as date) as month_start,
        case
            when costs.currency = '{{ var("reporting_currency") }}' then cast(1 as decimal(18, 6))
            else rates.rate_to_reporting
        end as rate,
        cast(costs.amount as decimal(18, 6)) as amount
    from costs
    left join rates on rates.currency = costs.currency and rates.month = costs.month
),

cost_months as (
    select
        month_start,
        cast(sum(amount * rate) as decimal(38, 6)) as cost,
        bool_or(rate is null or amount is null) as is_rate_missing
    from converted
    where month_start is not null
    group by month_start
),

served as (
    select {{ period_start('month', 'last_handled_on') }} as month_start, 1 as contacts
    from contacts
    where is_contact_handled
    union all
    select {{ period_start('month', 'bot_ended_on') }} as month_start, 1 as contacts
    from contacts
    where is_self_service and not is_contact_handled
),

contact_months as (
    select month_start, {{ exact_sum('contacts') }} as contacts
    from served
    group by month_start
),

judged as (
    select
        cost_months.*,
        coalesce(contact_months.contacts, 0) as contacts,
        cast({{ period_end('month', 'cost_months.month_start') }} as date) as month_end,
        info.last_day,
        cost_months.month_start >= info.first_day
        and cast({{ period_end('month', 'cost_months.month_start') }} as date) <= info.last_day as is_month_whole
    from cost_months
    cross join info
    left join contact_months on contact_months.month_start = cost_months.month_start
)

select
    month_start,
    least(month_end, last_day) as costed_on,
    cast(null as varchar) as channel_group,
    cast(null as varchar) as channel,
    is_rate_missing,
    is_month_whole,
    not is_month_whole or is_rate_missing as is_cost_pending,
    case when is_month_whole and not is_rate_missing then cost end as month_cost,
    case when is_month_whole and not is_rate_missing then contacts end as month_contacts
from judged
where month_start <= last_day
