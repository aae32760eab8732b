{#
    An offered rating is an invitation without answer. The vendor's assignee is whoever has the ticket when it is rated, so credit
    is left to whoever solved it.
#}
with

ratings as (
    {{ newest_per_key(
        source('zendesk', 'satisfaction_ratings'),
        keys=['rating_id'],
        order_by=['updated_at desc', '_landed_at desc', '_page desc', '_position desc', '_part desc', '_batch desc']
    ) }}
)

select
    'zendesk:' || cast(rating_id as varchar(200)) as survey_id,
    'csat' as kind,
    cast(0 as bigint) as scale_min,
    cast(1 as bigint) as scale_max,
    false as is_reversed,
    case score when 'good' then cast(1 as double) when 'bad' then cast(0 as double) end as score,
    comment_length,
    comment_language,
    comment_is_closing_only,
    cast(nullif(reason_code, 0) as varchar(200)) as reason_code,
    false as is_automatic,
    cast(null as varchar(200)) as rated_agent_id,
    cast(null as varchar(200)) as contact_id,
    'zendesk:' || cast(ticket_id as varchar(200)) as ticket_id,
    'zendesk' as survey_channel,
    created_at as invited_at,
    case when score in ('good', 'bad') then updated_at end as responded_at,
    'zendesk' as source_system,
    _batch,
    _attempt,
    _page,
    _position
from ratings
where score in ('offered', 'good', 'bad')
