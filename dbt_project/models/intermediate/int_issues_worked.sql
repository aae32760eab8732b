{# One row per issue with the work in it: contacts and agents up to its last solve inside the window, manual public replies over all its tickets. #}
with

issues as (select * from {{ ref('int_issues_received') }}),
members as (select * from {{ ref('int_issue_members_assigned') }}),
solves as (select * from {{ ref('int_issue_solves_found') }}),
acts as (select * from {{ ref('int_issue_acts_ranked') }}),
tickets as (select * from {{ ref('int_tickets_resolved') }}),
messages as (select * from {{ ref('int_messages_resolved') }} where contact_id is null and sender_type = 'agent'),

contacts as (
    select members.issue_id, count(*) as contacts
    from members
    inner join solves on solves.issue_id = members.issue_id and members.started_at <= solves.window_solved_at
    where members.member_kind <> 'ticket'
    group by members.issue_id
),

agents as (
    select acts.issue_id, count(distinct acts.agent_id) as agents
    from acts
    inner join solves on solves.issue_id = acts.issue_id and acts.acted_at <= solves.window_solved_at
    group by acts.issue_id
),

replies as (
    select
        tickets.root_ticket_id as issue_id,
        min(messages.sent_at) as first_replied_at,
        count(
            case
                when
                    messages.sent_at <= {{ plus_seconds('solves.last_solved_at', var('reopen_window_seconds')) }}
                    then messages.message_id
            end
        ) as replies
    from messages
    inner join tickets on tickets.ticket_id = messages.ticket_id
    left join solves on solves.issue_id = tickets.root_ticket_id
    group by tickets.root_ticket_id
)

select
    issues.issue_id,
    cast(coalesce(contacts.contacts, 0) as bigint) as contacts,
    cast(coalesce(agents.agents, 0) as bigint) as agents,
    cast(coalesce(replies.replies, 0) as bigint) as replies,
    replies.first_replied_at
from issues
left join contacts on contacts.issue_id = issues.issue_id
left join agents on agents.issue_id = issues.issue_id
left join replies on replies.issue_id = issues.issue_id
