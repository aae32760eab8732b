-- Each KPI of each member over its last 7 settled days: those that end with the company's last settled day for that KPI, or with
-- its last day where none is settled. Parts are summed; of stocks and distributions the figure of the last day counts.
with

ends as (
    select kpi, variant, channel_group, coalesce(max(service_date) filter (where is_settled), max(service_date)) as until
    from mart_kpi_daily
    where scope = 'company' and kpi in (select kpi from wanted)
    group by all
)

select
    scope,
    scope_id,
    kpi,
    variant,
    channel_group,
    sum(numerator) as numerator,
    sum(denominator) as denominator,
    max(value_7d) filter (where service_date = until) as value_7d,
    max(value) filter (where service_date = until) as value,
    sum(sample_size)::bigint as samples,
    max(sample_size) filter (where service_date = until) as sample,
    sum(pending_size)::bigint as pending_size,
    max(change_abs) filter (where service_date = until) as change_abs,
    max(change_rel) filter (where service_date = until) as change_rel,
    max(verdict) filter (where service_date = until) as verdict,
    max_by(target_low, service_date) as target_low,
    max_by(target_high, service_date) as target_high,
    bool_and(is_settled) as is_settled,
    min(until) as until
from mart_kpi_daily
inner join wanted using (scope, kpi)
inner join ends using (kpi, variant, channel_group)
where service_date between until - 6 and until
group by scope, scope_id, kpi, variant, channel_group
