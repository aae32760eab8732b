{{ config(materialized='ephemeral') }}
{# One row per finding against an agent, whatever was said of it later: by a rule over a text, by a rule over a sequence, by a human review.
   Personal data that the customer wrote before in the same chat or ticket is none; a message breaks a rule once, however often, and shows a
   value once. #}
with

markers as (select * from {{ ref('int_markers_placed') }}),
breaches as (select * from {{ ref('int_sequence_breaches_found') }}),
rules as (select * from {{ ref('compliance_rules') }}),

written_by_customer as (
    select thread_id, thread_kind, value_hash, min(place) as first_place
    from markers
    where sender_type = 'customer' and value_hash is not null
    group by thread_id, thread_kind, value_hash
),

shown as (
    select
        markers.*,
        row_number() over (
            partition by markers.message_id, markers.rule_id, markers.value_hash order by markers.place_in_thread
        ) as from_first
    from markers
    left join written_by_customer as known
        on
            known.thread_id = markers.thread_id
            and known.thread_kind = markers.thread_kind
            and known.value_hash = markers.value_hash
    where
        markers.sender_type = 'agent'
        and markers.is_meant
        and markers.kind in ('compliance', 'pii')
        and (known.first_place is null or known.first_place > markers.place)
),

ruled as (
    select * from (
        select
            breaches.*,
            rules.rule_version,
            rules.kind,
            rules.severity,
            row_number() over (partition by breaches.finding_id order by rules.effective_from desc) as preference
        from breaches
        inner join rules
            on rules.rule_id = breaches.rule_id and rules.effective_from <= {{ local_date('breaches.found_at') }}
    ) as in_force
    where preference = 1
)

select
    marker_id as finding_id,
    rule_id,
    rule_version,
    kind,
    severity,
    thread_id,
    thread_kind,
    contact_id,
    ticket_id,
    message_id,
    agent_id,
    team_id,
    false as is_queue_told,
    cast(null as varchar) as queue_id,
    sent_at as found_at,
    source_system,
    snippet_masked,
    kind = 'pii' or rule_id = 'secret_request' as is_leak
from shown
where from_first = 1
union all
select
    finding_id,
    rule_id,
    rule_version,
    kind,
    severity,
    thread_id,
    thread_kind,
    contact_id,
    ticket_id,
    message_id,
    agent_id,
    team_id,
    is_queue_told,
    queue_id,
    found_at,
    source_system,
    snippet_masked,
    false as is_leak
from ruled
