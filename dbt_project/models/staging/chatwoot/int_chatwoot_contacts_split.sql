{{ config(materialized='table') }}
{#
    Every step with the contact it belongs to. A contact starts at the conversation's first word, at a customer's word after a
    close, or at one more than session_gap_seconds after the last word when that was the agent's or the bot's.
#}
with

steps as (select * from {{ ref('int_chatwoot_steps_ordered') }}),

words as (
    select
        steps.*,
        lag(step) over (partition by conversation_id order by place) as step_before,
        lag(occurred_at) over (partition by conversation_id order by place) as occurred_before,
        lag(closes_so_far) over (partition by conversation_id, step order by place) as closes_at_last_of_step
    from steps
    where step in ('customer', 'human', 'bot')
),

starts as (
    select
        conversation_id,
        place,
        message_id,
        step
    from words
    where
        step_before is null
        or (
            step = 'customer'
            and (
                closes_so_far > coalesce(closes_at_last_of_step, 0)
                or (
                    step_before <> 'customer'
                    and {{ seconds_between('occurred_before', 'occurred_at') }} > {{ var('session_gap_seconds') }}
                )
            )
        )
),

numbered as (
    select
        steps.*,
        greatest(
            1,
            count(starts.place) over (
                partition by steps.conversation_id order by steps.place rows between unbounded preceding and current row
            )
        ) as contact_number,
        starts.message_id as start_message_id,
        starts.step as start_step
    from steps
    left join starts on starts.conversation_id = steps.conversation_id and starts.place = steps.place
)

select
    conversation_id,
    contact_number,
    'chatwoot:' || cast(conversation_id as varchar(200)) || ':' || cast(
        max(start_message_id) over (partition by conversation_id, contact_number) as varchar(200)
    ) as contact_id,
    max(start_step) over (partition by conversation_id, contact_number) as start_step,
    place,
    occurred_at,
    message_id,
    step,
    actor,
    agent_id,
    team_id,
    inbox_id,
    last_value(team_id ignore nulls) over (
        partition by conversation_id order by place rows between unbounded preceding and current row
    ) as team_in_force,
    sum(case when step = 'resolved' then 1 else 0 end) over (
        partition by conversation_id, contact_number order by place rows between unbounded preceding and current row
    ) as closes_in_contact
from numbered
