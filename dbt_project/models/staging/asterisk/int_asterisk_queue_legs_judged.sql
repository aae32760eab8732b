{{ config(materialized='table') }}
{#
    A stay becomes a leg. Numbers come from the events themselves (their hold and talk times), else from the clock. A stay
    that a restart of the PBX cut off ended there. What contradicts itself is suspect: it is counted, never averaged.
#}
with

stays as (select * from {{ ref('int_asterisk_queue_stays_assembled') }}),
events as (select * from {{ ref('stg_asterisk__queue_events') }}),
contacts as (select * from {{ ref('int_asterisk_contacts_linked') }}),

restarts as (select distinct occurred_at as restarted_at from events where event = 'QUEUESTART'),

cut_off as (
    select stays.call_id, stays.queue_id, stays.stay_number, min(restarts.restarted_at) as restarted_at
    from stays
    inner join restarts on restarts.restarted_at >= stays.last_at
    where stays.closed_at is null and not stays.is_blocked
    group by stays.call_id, stays.queue_id, stays.stay_number
),

placed as (
    select
        stays.*,
        coalesce(contacts.contact_id, 'asterisk:' || stays.call_id) as contact_id,
        cut_off.restarted_at,
        coalesce(stays.connect_wait_seconds, stays.close_wait_seconds) as reported_wait_seconds,
        lead(stays.connected_at) over (
            partition by stays.agent_id order by stays.connected_at, stays.call_id, stays.queue_id, stays.stay_number
        ) as agent_next_connected_at,
        lead(stays.first_at) over (
            partition by stays.call_id
            order by stays.first_at, stays._batch, stays._page, stays._position, stays.queue_id, stays.stay_number
        ) as call_next_at
    from stays
    left join contacts on contacts.call_id = stays.call_id
    left join cut_off
        on
            cut_off.call_id = stays.call_id
            and cut_off.queue_id = stays.queue_id
            and cut_off.stay_number = stays.stay_number
),

timed as (
    select
        placed.*,
        coalesce(
            entered_at,
            case when is_blocked then first_at end,
            {{ plus_seconds('connected_at', '-connect_wait_seconds') }},
            {{ plus_seconds('closed_at', '-(close_wait_seconds + coalesce(talk_seconds, 0))') }},
            first_at
        ) as offered_at,
        case when is_blocked then first_at else coalesce(closed_at, restarted_at) end as ended_at
    from placed
)

select
    timed.*,
    case
        when is_blocked then 'blocked'
        when connected_at is not null or close_station in ('complete', 'transfer') then 'answered'
        when close_event = 'ABANDON' then 'abandoned'
        when close_event = 'EXITWITHTIMEOUT' then 'overflow'
        when close_event in ('EXITEMPTY', 'LEAVEEMPTY') then 'flow_out'
        when close_event = 'EXITWITHKEY' then coalesce(exit_outcome, 'flow_out')
        when close_event = 'SYSCOMPAT' or restarted_at is not null then 'missed'
        else 'open'
    end as outcome,
    coalesce(
        reported_wait_seconds,
        case when connected_at is not null then {{ seconds_between('offered_at', 'connected_at') }} end,
        case when closed_at is not null then {{ seconds_between('offered_at', 'closed_at') }} end,
        case when is_blocked then cast(0 as decimal(18, 6)) end
    ) as wait_seconds,
    case
        when connected_at is not null and closed_at is not null
            then coalesce(talk_seconds, {{ seconds_between('connected_at', 'closed_at') }})
    end as leg_talk_seconds,
    (close_station in ('complete', 'transfer') and connected_at is null) is true
    or (connected_at is not null and close_station = 'exit') is true
    or connected_agents > 1
    or close_kinds > 1
    or (close_agent_id <> agent_id) is true
    or (closed_at < connected_at) is true
    or (entered_at is null and not is_blocked and reported_wait_seconds is null)
    or (abs({{ seconds_between('connected_at', 'closed_at') }} - talk_seconds) > 60) is true
    or (abs({{ seconds_between('entered_at', 'coalesce(connected_at, closed_at)') }} - reported_wait_seconds) > 60) is true
    or (agent_next_connected_at < {{ plus_seconds('closed_at', '-2') }}) is true
    or (closed_at is null and not is_blocked and (agent_next_connected_at is not null or call_next_at is not null))
    or (connected_at is null and {{ seconds_between('last_at', 'restarted_at') }} > 3600) is true
    or ({{ seconds_between('last_at', 'restarted_at') }} > 14400) is true
    or (
        closed_at is null and restarted_at is null and not is_blocked
        and {{ seconds_between('last_at', source_as_of('asterisk')) }} > 86400
    ) is true as is_suspect
from timed
