{{ config(materialized='ephemeral') }}

{# One row per issue with its state at the end of its window, and its last solve: how long it took, and whether it stood for 7 days. #}
with

issues as (select * from {{ ref('int_issues_received') }}),
states as (select * from {{ ref('int_issues_solved') }}),
solves as (select * from {{ ref('int_issue_solves_found') }}),
worked as (select * from {{ ref('int_issues_worked') }}),

stated as (
    select
        issue_id,
        bool_or(moment = 'window') as is_told,
        bool_or(moment = 'window' and is_solved) as is_solved,
        bool_or(moment = 'stood' and is_solved) as has_stood,
        bool_or(moment = 'present' and is_open) as is_open
    from states
    group by issue_id
),

clocked as (
    select
        issues.*,
        (issues.as_of > issues.window_ends_at) is true as is_window_passed,
        coalesce(stated.is_told, false) as is_told,
        coalesce(stated.is_solved, false) as is_solved,
        coalesce(stated.is_open, false) as is_open,
        solves.last_solved_at,
        solves.window_solved_at,
        solves.last_solved_at is not null as is_ever_solved,
        coalesce(stated.has_stood, false) as has_stood,
        ({{ seconds_between('solves.last_solved_at', 'issues.as_of') }} > {{ var('reopen_window_seconds') }}) is true
            as is_solve_window_passed,
        {{ seconds_between('issues.created_at', 'solves.last_solved_at') }} as solve_seconds,
        {{ calendar_of('issues.first_queue_id', 'issues.channel_group', local_date('issues.created_at')) }} as calendar_id
    from issues
    left join stated on stated.issue_id = issues.issue_id
    left join solves on solves.issue_id = issues.issue_id
)

select
    clocked.*,
    worked.contacts,
    worked.agents,
    worked.replies,
    clocked.is_solve_window_passed and clocked.has_stood as is_solve_final,
    clocked.is_ever_solved and not clocked.is_solve_window_passed as is_solve_young,
    {{ business_seconds('start_slot', 'clocked.created_at', 'end_slot', 'clocked.last_solved_at') }} as solve_business_seconds
from clocked
inner join worked on worked.issue_id = clocked.issue_id
{{ join_business_slot('start_slot', 'clocked.calendar_id', 'clocked.created_at') }}
{{ join_business_slot('end_slot', 'clocked.calendar_id', 'clocked.last_solved_at') }}
