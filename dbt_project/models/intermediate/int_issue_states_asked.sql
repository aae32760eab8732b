{{ config(materialized='ephemeral') }}

{# One row per issue and moment at which its state is asked: the end of its window, 7 days after its last solve, the present. #}
with

issues as (select * from {{ ref('int_issues_received') }}),
solves as (select * from {{ ref('int_issue_solves_found') }})

select issue_id, is_ticket_issue, 'window' as moment, window_ends_at as asked_at
from issues
union all
select
    issues.issue_id,
    issues.is_ticket_issue,
    'stood' as moment,
    {{ plus_seconds('solves.last_solved_at', var('reopen_window_seconds')) }} as asked_at
from issues
inner join solves on solves.issue_id = issues.issue_id
union all
select issue_id, is_ticket_issue, 'present' as moment, timestamp '9999-12-30 00:00:00+00' as asked_at
from issues
