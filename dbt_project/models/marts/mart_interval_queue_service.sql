with

legs as (select * from {{ adjusted_rows('fct_contact_legs', ref('fct_contact_legs')) }} where is_offered or is_blocked),
info as (select * from {{ source('inputs', 'build_info') }}),

placed as (
    select
        legs.*,
        coalesce(queue_id, '(none)') as shown_queue_id,
        {{ local_midnight('offered_on') }} as midnight_at,
        cast(floor({{ seconds_between(local_midnight('offered_on'), 'offered_at') }} / 1800) as int) as interval_number
    from legs
    cross join info
    where offered_on >= info.first_day and offered_on <= info.last_day
),

intervals as (
    select
        offered_on as service_date,
        {{ plus_seconds('midnight_at', 'interval_number * 1800') }} as interval_starts_at,
        shown_queue_id as queue_id,
        channel_group,
        max(service_level_variant) as service_level_variant,
        {%- for flag, name, kpi in [
            ('is_offered', 'offered', 'offered'), ('is_answered_offered', 'answered', 'answered'),
            ('is_abandoned_offered', 'abandoned', 'abandon_rate'), ('is_short_abandoned', 'short_abandons', 'short_abandons'),
            ('is_overflow', 'overflows', 'overflows'), ('is_flow_out', 'flow_outs', 'flow_outs'),
            ('is_callback', 'callbacks', 'callbacks'), ('is_voicemail', 'voicemails', 'voicemails'),
            ('is_missed', 'missed', 'missed'), ('is_open_offered', 'open_legs', 'offered'), ('is_blocked', 'blocked', 'blocked'),
            ('is_sl_own_met', 'service_level_met_legs', 'service_level'),
            ('is_sl_own_base', 'service_level_legs', 'service_level'),
            ('is_long_abandoned', 'long_abandons', 'abandon_rate'),
            ('is_abandon_rate_base', 'abandon_rate_legs', 'abandon_rate'), ('is_wait_measured', 'measured_waits', 'asa')
        ] %}
        cast(count(case when {{ flag }} and not {{ is_adjusted('adjusted_by', "'" ~ kpi ~ "'") }} then 1 end) as bigint) as {{ name }},
        {%- endfor %}
        {%- for kpi, name in [('asa', 'answered_wait_seconds'), ('abandon_time', 'abandoned_wait_seconds')] %}
        {{ exact_sum('case when not ' ~ is_adjusted('adjusted_by', "'" ~ kpi ~ "'") ~ ' then coalesce(' ~ name ~ ', 0) else 0 end') }}
            as {{ name }},
        {%- endfor %}
        cast(max(case when is_offered and wait_seconds >= 0 and adjusted_by is null then wait_seconds end) as decimal(18, 6)) as longest_wait_seconds
    from placed
    group by all
),

parts as (
    select
        intervals.*,
        cast(service_level_met_legs as decimal(38, 6)) as met,
        cast(nullif(service_level_legs, 0) as decimal(38, 6)) as judged,
        cast(long_abandons as decimal(38, 6)) as gave_up,
        cast(nullif(abandon_rate_legs, 0) as decimal(38, 6)) as could_give_up,
        cast(nullif(measured_waits, 0) as decimal(38, 6)) as waits
    from intervals
)

select
    service_date,
    interval_starts_at,
    {{ local_clock('interval_starts_at') }} as interval_starts,
    queue_id,
    channel_group,
    service_level_variant,
    offered,
    answered,
    abandoned,
    short_abandons,
    overflows,
    flow_outs,
    callbacks,
    voicemails,
    missed,
    open_legs,
    blocked,
    service_level_met_legs,
    service_level_legs,
    {{ rounded_quotient('met', 'judged', 'cast(met as double) / cast(judged as double)') }} as service_level_rate,
    long_abandons,
    abandon_rate_legs,
    {{ rounded_quotient('gave_up', 'could_give_up', 'cast(gave_up as double) / cast(could_give_up as double)') }} as abandon_rate,
    answered_wait_seconds,
    measured_waits,
    {{ rounded_quotient('answered_wait_seconds', 'waits', 'cast(answered_wait_seconds as double) / cast(waits as double)') }}
        as asa_seconds,
    abandoned_wait_seconds,
    longest_wait_seconds
from parts
