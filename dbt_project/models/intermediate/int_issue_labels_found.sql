{{ config(materialized='ephemeral') }}

{# One row per ticket of an issue that its source called complex before the first agent reply of the issue, or before the window's end. #}
with

issues as (select * from {{ ref('int_issues_received') }}),
worked as (select * from {{ ref('int_issues_worked') }}),
tickets as (select * from {{ ref('int_tickets_resolved') }}),
events as (select * from {{ ref('int_ticket_events_resolved') }} where field = 'tags'),
versions as (select * from {{ ref('stg_file_drop__ticket_versions') }}),

bounded as (
    select
        tickets.*,
        least(coalesce(worked.first_replied_at, issues.window_ends_at), issues.window_ends_at) as labelled_until
    from tickets
    inner join issues on issues.issue_id = tickets.root_ticket_id
    inner join worked on worked.issue_id = issues.issue_id
    where tickets.created_at <= least(coalesce(worked.first_replied_at, issues.window_ends_at), issues.window_ends_at)
),

told as (
    select
        bounded.ticket_id,
        bounded.created_at,
        events.occurred_at,
        row_number() over (partition by bounded.ticket_id order by events.occurred_at, length(events.event_id), events.event_id)
            as place,
        {{ names_complexity('events.old_value', local_date('bounded.created_at')) }} as was_complex,
        {{ names_complexity('events.new_value', local_date('bounded.created_at')) }} as is_complex
    from bounded
    inner join events on events.ticket_id = bounded.ticket_id
),

named as (
    select ticket_id from told group by ticket_id having bool_or(was_complex or is_complex)
),

by_ticket as (
    select ticket_id, version, is_complex from tickets
    union all
    select ticket_id, version, coalesce(is_complex, false) as is_complex from versions
),

stated as (
    select told.ticket_id, told.occurred_at as stated_at, told.is_complex
    from told
    inner join named on named.ticket_id = told.ticket_id
    union all
    select told.ticket_id, told.created_at as stated_at, told.was_complex as is_complex
    from told
    inner join named on named.ticket_id = told.ticket_id
    where told.place = 1
    union all
    select by_ticket.ticket_id, by_ticket.version as stated_at, by_ticket.is_complex
    from by_ticket
    left join named on named.ticket_id = by_ticket.ticket_id
    where named.ticket_id is null
),

ranked as (
    select
        bounded.ticket_id,
        stated.is_complex,
        stated.stated_at < bounded.labelled_until or coalesce(stated.stated_at <= bounded.created_at, true) as is_before,
        rank() over (partition by bounded.ticket_id order by stated.stated_at) as from_start
    from bounded
    inner join stated on stated.ticket_id = bounded.ticket_id
)

select ticket_id
from ranked
where is_before or from_start = 1
group by ticket_id
having bool_or(is_complex and is_before) or (not bool_or(is_before) and bool_or(is_complex))
