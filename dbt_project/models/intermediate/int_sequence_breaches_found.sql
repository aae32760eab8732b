{{ config(materialized='ephemeral') }}
{# One row per breach that no single text shows: a phrase that is missing, an account told of before the customer was identified, nobody
   ever replied, a human review that failed. #}
with

phrases as (select * from {{ ref('int_phrases_missed') }}),
contacts as (select contact_id from {{ ref('int_contacts_assembled') }}),
scripts as (select * from {{ ref('int_markers_placed') }} where kind = 'script' and is_meant),
turns as (select * from {{ ref('int_turns_credited') }}),
reviews as (select * from {{ ref('int_compliance_reviews_judged') }} where is_final and has_critical_failure),

identified as (
    select thread_id, thread_kind, min(place_in_thread) as identified_place
    from scripts
    where rule_id = 'identity_check'
    group by thread_id, thread_kind
),

told_too_early as (
    select
        scripts.*,
        row_number() over (
            partition by scripts.thread_id, scripts.thread_kind, scripts.contact_id, scripts.agent_id
            order by scripts.place_in_thread
        ) as from_first
    from scripts
    left join identified
        on identified.thread_id = scripts.thread_id and identified.thread_kind = scripts.thread_kind
    where
        scripts.rule_id = 'account_data'
        and (identified.identified_place is null or identified.identified_place > scripts.place_in_thread)
)

select
    rule_id || ':' || contact_id as finding_id,
    rule_id,
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
    cast(null as varchar) as snippet_masked
from phrases
union all
select
    'account_data_before_identity:' || marker_id as finding_id,
    'account_data_before_identity' as rule_id,
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
    snippet_masked
from told_too_early
where from_first = 1
union all
select
    'no_reply:' || contacts.contact_id as finding_id,
    'no_reply' as rule_id,
    turns.thread_id,
    turns.thread_kind,
    contacts.contact_id,
    turns.ticket_id,
    cast(null as varchar) as message_id,
    turns.credited_agent_id as agent_id,
    turns.credited_team_id as team_id,
    true as is_queue_told,
    turns.queue_id,
    turns.credited_at as found_at,
    cast(null as varchar) as source_system,
    cast(null as varchar) as snippet_masked
from turns
inner join contacts
    on contacts.contact_id = case when turns.thread_kind = 'chat' then turns.thread_id else turns.turn_id end
where (turns.thread_kind = 'ticket' or turns.turn_number = 1) and turns.is_reply_due and not turns.is_replied
union all
select
    'human_review:' || review_id as finding_id,
    'human_review' as rule_id,
    contact_id as thread_id,
    'chat' as thread_kind,
    contact_id,
    cast(null as varchar) as ticket_id,
    cast(null as varchar) as message_id,
    agent_id,
    team_id,
    true as is_queue_told,
    queue_id,
    reviewed_at as found_at,
    source_system,
    cast(null as varchar) as snippet_masked
from reviews
