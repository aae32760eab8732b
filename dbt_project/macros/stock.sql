{# How many of the spans of a relation were open at each midnight, and their age then, per `keys`. A span has `open_on`, the first local day
   at whose end it was open, `closed_on`, the first later one at whose end it was not, and `created_at`. What enters and leaves is summed up along
   the days, so that no row per span and day is made. #}
{% macro stock_of(spans, keys) -%}
with

days as (select min(service_date) as first_on, max(service_date) + 1 as end_on from {{ ref('int_days_published') }} where is_complete),

moves as (
    select
        spans.*,
        greatest(spans.open_on, days.first_on) as enters_on,
        least(spans.closed_on, days.end_on) as leaves_on,
        {{ seconds_between("timestamp '1970-01-01 00:00:00+00'", 'spans.created_at') }} as created_seconds
    from {{ spans }} as spans
    cross join days
    where spans.open_on < days.end_on and spans.closed_on > days.first_on and spans.open_on < spans.closed_on
),

steps as (
    select {{ keys | join(', ') }}, enters_on as service_date, 1 as entered, created_seconds from moves
    union all
    select {{ keys | join(', ') }}, leaves_on as service_date, -1 as entered, -created_seconds as created_seconds from moves
),

nets as (
    select
        {{ keys | join(', ') }},
        service_date,
        cast(sum(entered) as bigint) as entered,
        {{ exact_sum('created_seconds') }} as created_seconds
    from steps
    group by all
),

levels as (
    select
        {{ keys | join(', ') }},
        service_date as from_on,
        lead(service_date) over along as until_on,
        sum(entered) over along as open_count,
        sum(created_seconds) over along as created_seconds
    from nets
    window along as (partition by {{ keys | join(', ') }} order by service_date)
),

laid_out as (
    select
        levels.*,
        cast({{ each_day('from_on', 'until_on - 1') }} as date) as service_date
    from levels
    where open_count > 0
)

select
    laid_out.service_date,
    {%- for key in keys %}
    laid_out.{{ key }},
    {%- endfor %}
    cast(laid_out.open_count as bigint) as open_count,
    cast(
        laid_out.open_count * {{ seconds_between("timestamp '1970-01-01 00:00:00+00'", 'days.midnight_at') }} - laid_out.created_seconds
        as decimal(38, 6)
    ) as age_seconds
from laid_out
inner join {{ ref('int_days_published') }} as days on days.service_date = laid_out.service_date
{%- endmacro %}
