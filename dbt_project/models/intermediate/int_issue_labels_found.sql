{{ config(materialized='ephemeral') }}

{# One row per ticket of an issue that its source called complex before the first agent reply of the issue, or before the window's end. #}
with

issues as (select * from {{ ref('int_issues_received') }}),
worked as (select * from {{ ref('int_issues_worked') }}),
tickets as (select * from {{ ref('int_tickets_resolved') }}),
events as (select * from {{ ref('int_ticket_events_resolved') }} where field = 'tags'),

bounded as (
    select
        tickets.*,
        least(coalesce(worked.first_replied_at, issues.window_ends_at), issues.window_ends_at) as labelled_until
    from tickets
    inner join issues on issues.issue_id = tickets.root_ticket_id
    inner join worked on worked.issue_id = issues.issue_id
),

told as (
    select
        bounded.ticket_id,
        events.event_id,
        events.occurred_at,
        events.occurred_at < bounded.labelled_until or events.occurred_at <= bounded.created_at as is_before,
        {{ names_complexity('events.old_value', local_date('bounded.created_at')) }} as is_complex_before,
        {{ names_complexity('events.new_value', local_date('bounded.created_at')) }} as is_complex_after
    from bounded
    inner join events on events.ticket_id = bounded.ticket_id
),

ranked as (
    select
        told.*,
        row_number() over (partition by ticket_id, is_before order by occurred_at, length(event_id), event_id) as from_start,
        row_number() over (partition by ticket_id, is_before order by occurred_at desc, length(event_id) desc, event_id desc)
            as from_end
    from told
),

by_events as (
    select
        ticket_id,
        bool_or(is_complex_before or is_complex_after) as is_named,
        coalesce(
            bool_or(case when is_before and from_end = 1 then is_complex_after end),
            bool_or(case when not is_before and from_start = 1 then is_complex_before end)
        ) as was_complex
    from ranked
    group by ticket_id
)

select
    bounded.ticket_id,
    bounded.created_at
from bounded
left join by_events on by_events.ticket_id = bounded.ticket_id
where
    bounded.created_at <= bounded.labelled_until
    and case when by_events.is_named then by_events.was_complex else bounded.is_complex end
