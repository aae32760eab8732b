{{ config(materialized='table') }}

{# Zendesk marks a merged ticket by a tag; which ticket survives is told, if at all, by the comments that the merge writes. #}
with

tickets as (select * from {{ ref('int_zendesk_tickets_newest') }}),
updates as (select * from {{ ref('stg_zendesk__updates') }}),

merged as (
    select * from tickets
    where {{ matches('tags', '(^| )closed_by_merge( |$)') }}
),

tagged as (
    select
        ticket_id,
        min(occurred_at) as merged_at
    from updates
    where field = 'tags' and {{ matches('new_value', '(^| )closed_by_merge( |$)') }}
    group by ticket_id
),

told_by_merged as (
    select
        ticket_id,
        max(merged_into_id) as survivor_id
    from updates
    where merged_into_id is not null
    group by ticket_id
),

told_by_survivor as (
    select
        merged_from_id as ticket_id,
        max(ticket_id) as survivor_id
    from updates
    where merged_from_id is not null
    group by merged_from_id
)

select
    merged.ticket_id,
    coalesce(tagged.merged_at, merged.generated_at) as merged_at,
    'zendesk:' || coalesce(
        cast(coalesce(told_by_merged.survivor_id, told_by_survivor.survivor_id) as varchar(200)), 'unknown'
    ) as merged_into_id,
    merged._batch,
    merged._attempt,
    merged._page,
    merged._position
from merged
left join tagged on tagged.ticket_id = merged.ticket_id
left join told_by_merged on told_by_merged.ticket_id = merged.ticket_id
left join told_by_survivor on told_by_survivor.ticket_id = merged.ticket_id
