{#
    How each stay ended. An answered one ends at the hand-over, at the close, or chat_idle_cut_seconds after the last word,
    whichever comes first; an unanswered one waits until it goes on or is closed, and is missed a day after the customer's last
    word. Abandoned means that the customer closed it.
#}
with

stays as (select * from {{ ref('int_chatwoot_stays_assembled') }}),
conversations as (select * from {{ ref('stg_chatwoot__conversations') }}),

directed as (
    select
        stays.*,
        stays.stay_number = 0
        and stays.start_step = 'human'
        and coalesce({{ seconds_between('conversations.created_at', 'stays.started_at') }} <= 60, false) as is_outbound,
        {{ source_as_of('chatwoot') }} as as_of
    from stays
    left join conversations on conversations.conversation_id = stays.conversation_id
),

answered as (
    select
        directed.*,
        case when is_outbound then first_customer_at else first_reply_at end as answered_at,
        {{ plus_seconds('last_word_at', var('chat_idle_cut_seconds')) }} as idle_at,
        {{ plus_seconds('coalesce(last_customer_at, offered_at)', var('response_window_seconds')) }} as missed_at
    from directed
),

judged as (
    select
        answered.*,
        case
            when answered_at is not null then 'answered'
            when next_began_at is not null then 'flow_out'
            when closed_at is not null and closed_by = 'customer' then 'abandoned'
            when closed_at is not null or missed_at <= as_of then 'missed'
            else 'open'
        end as outcome
    from answered
)

select
    judged.*,
    case
        when outcome = 'answered' and coalesce(next_began_at, closed_at) is not null
            then least(coalesce(next_began_at, closed_at), idle_at)
        when outcome = 'answered' and idle_at <= as_of then idle_at
        when outcome = 'flow_out' then next_began_at
        when outcome in ('abandoned', 'missed') then coalesce(closed_at, missed_at)
    end as ended_at
from judged
