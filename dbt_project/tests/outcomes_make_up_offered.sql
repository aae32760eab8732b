-- offered = answered + abandoned + overflow + flow_out + callback + voicemail + missed + open, on every day, in every queue; rows that an
-- adjustment takes out of one KPI alone are looked at, too.
with

parts as (
    select
        service_date,
        channel_group,
        channel,
        queue_id,
        sum(case when kpi = 'offered' then numerator else 0 end) as offered,
        sum(case when kpi in ('answered', 'overflows', 'flow_outs', 'callbacks', 'voicemails', 'missed') then numerator else 0 end)
        + sum(case when kpi = 'abandon_rate' and variant = 'seed' then numerator else 0 end)
        + sum(case when kpi = 'answered' then pending_size else 0 end) as outcomes
    from {{ ref('int_kpi_parts_summed') }}
    group by all
)

select * from parts
where offered <> outcomes
