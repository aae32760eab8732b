with

findings as (select * from {{ ref('int_findings_raised') }}),
verdicts as (select * from {{ ref('int_finding_verdicts_unioned') }}),
contacts as (select * from {{ ref('int_contacts_assembled') }}),
tickets as (select * from {{ ref('int_tickets_resolved') }}),
stretches as (select * from {{ ref('int_threads_held') }})

select
    findings.finding_id,
    findings.rule_id,
    cast(findings.rule_version as int) as rule_version,
    findings.kind,
    findings.severity,
    findings.contact_id,
    findings.ticket_id,
    findings.message_id,
    coalesce(findings.source_system, tickets.source_system) as source_system,
    coalesce(contacts.channel, tickets.channel) as channel,
    coalesce(contacts.channel_group, case when tickets.ticket_id is not null then 'written' end) as channel_group,
    case
        when findings.is_queue_told then findings.queue_id
        when stretches.queue_id is not null then stretches.queue_id
        when contacts.is_handled then contacts.last_queue_id
        else contacts.final_queue_id
    end as queue_id,
    findings.team_id,
    findings.agent_id,
    findings.found_at,
    {{ local_date('findings.found_at') }} as found_on,
    findings.snippet_masked,
    verdicts.verdict,
    verdicts.decided_by,
    verdicts.decided_at,
    coalesce(verdicts.verdict <> 'dismissed', true) as is_standing,
    coalesce(verdicts.verdict <> 'dismissed', true) and findings.severity = 'critical' as is_critical_standing,
    coalesce(verdicts.verdict <> 'dismissed', true) and findings.severity = 'major' as is_major_standing,
    coalesce(verdicts.verdict <> 'dismissed', true) and findings.severity = 'minor' as is_minor_standing,
    findings.is_leak
from findings
left join verdicts on verdicts.finding_id = findings.finding_id
left join contacts on contacts.contact_id = findings.contact_id
left join tickets on tickets.ticket_id = findings.ticket_id
left join stretches
    on
        stretches.thread_id = findings.thread_id
        and stretches.thread_kind = findings.thread_kind
        and stretches.effective_from <= findings.found_at
        and stretches.effective_to > findings.found_at
