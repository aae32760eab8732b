-- offered = answered + abandoned + overflow + flow_out + callback + voicemail + missed + open, on every day, of every member.
with

parts as (
    select
        service_date,
        scope,
        scope_id,
        channel_group,
        sum(case when kpi = 'offered' then numerator else 0 end) as offered,
        sum(case when kpi in ('answered', 'overflows', 'flow_outs', 'callbacks', 'voicemails', 'missed') then numerator else 0 end)
        + sum(case when kpi = 'abandon_rate' and variant = 'seed' then numerator else 0 end)
        + sum(case when kpi = 'answered' then pending_size else 0 end) as outcomes
    from {{ ref('mart_kpi_daily') }}
    group by all
)

select * from parts
where offered <> outcomes
