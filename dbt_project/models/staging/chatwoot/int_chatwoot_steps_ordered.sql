{{ config(materialized='table') }}
{#
    All that happens in a conversation, in order: its lines, and from the reporting events the moments at which a bot gave way or
    closed the matter (their durations and their credit are not used).
#}
with

lines as (select * from {{ ref('stg_chatwoot__lines') }}),
names as (select * from {{ ref('int_chatwoot_names_resolved') }}),

marks as (
    {{ newest_per_key(
        source('chatwoot', 'reporting_events'),
        keys=['event_id'],
        order_by=['_landed_at desc', '_page desc', '_position desc', '_part desc', '_batch desc']
    ) }}
),

every_step as (
    select
        lines.conversation_id,
        lines.created_at as occurred_at,
        lines.message_id,
        0 as is_mark,
        lines.message_id as place_in_second,
        lines.step,
        lines.activity_by as actor,
        coalesce(lines.agent_id, by_agent.agent_id, by_either.agent_id) as agent_id,
        coalesce(by_team.team_id, by_either.team_id) as team_id,
        lines.inbox_id
    from lines
    left join names as by_agent on by_agent.name = lines.assigned_agent
    left join names as by_team on by_team.name = lines.assigned_team
    left join names as by_either on by_either.name = lines.assigned_to
    union all
    select
        conversation_id,
        ended_at as occurred_at,
        cast(null as bigint) as message_id,
        1 as is_mark,
        event_id as place_in_second,
        case name when 'conversation_bot_handoff' then 'handed_over' else 'resolved' end as step,
        'system' as actor,
        cast(null as bigint) as agent_id,
        cast(null as bigint) as team_id,
        inbox_id
    from marks
    where name in ('conversation_bot_handoff', 'conversation_bot_resolved') and conversation_id is not null
)

select
    every_step.*,
    row_number() over (
        partition by conversation_id order by occurred_at, is_mark, place_in_second
    ) as place,
    sum(case when step = 'resolved' then 1 else 0 end) over (
        partition by conversation_id order by occurred_at, is_mark, place_in_second
        rows between unbounded preceding and current row
    ) as closes_so_far
from every_step
