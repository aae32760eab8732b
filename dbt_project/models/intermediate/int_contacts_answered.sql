{{ config(materialized='ephemeral') }}
{# One row per contact in which a customer waits for a human: when the clocks started, the reply, who is credited. #}
with

turns as (select * from {{ ref('int_turns_credited') }}),

first_turns as (
    select
        turns.*,
        case when thread_kind = 'chat' then thread_id else turn_id end as contact_id,
        case when is_replied then {{ seconds_between('first_sent_at', 'replied_at') }} end as customer_seconds,
        {{ calendar_of('queue_id', 'channel_group', local_date('started_at')) }} as calendar_id
    from turns
    where thread_kind = 'ticket' or turn_number = 1
),

clocked as (
    select
        first_turns.*,
        case
            when is_response_counted
                then {{ business_seconds('start_slot', 'first_turns.started_at', 'end_slot', 'first_turns.replied_at') }}
        end as business_seconds
    from first_turns
    {{ join_business_slot('start_slot', 'first_turns.calendar_id', 'first_turns.started_at') }}
    {{ join_business_slot('end_slot', 'first_turns.calendar_id', 'first_turns.replied_at') }}
)

select
    contact_id,
    first_sent_at as customer_wrote_at,
    started_at as response_started_at,
    queue_id as response_queue_id,
    credited_agent_id as response_agent_id,
    credited_team_id as response_team_id,
    is_response_counted,
    (customer_seconds >= 0) is true as is_response_customer_counted,
    is_response_pending,
    is_reply_due,
    is_reply_pending,
    is_reply_due and not is_replied as is_never_replied,
    case when is_response_counted then reply_seconds end as response_seconds,
    case when customer_seconds >= 0 then customer_seconds end as response_customer_seconds,
    business_seconds as response_business_seconds,
    is_response_counted and business_seconds is not null as is_response_business_counted
from clocked
