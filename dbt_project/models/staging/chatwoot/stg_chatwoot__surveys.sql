{#
    An invitation is a message of type input_csat. The response's assigned agent is whoever has the conversation when it is rated,
    so credit is left to the last handled leg.
#}
with

lines as (select * from {{ ref('stg_chatwoot__lines') }} where content_type = 'input_csat'),
contacts as (select * from {{ ref('int_chatwoot_contacts_split') }} where message_id is not null),

responses as (
    {{ newest_per_key(
        source('chatwoot', 'csat_survey_responses'),
        keys=['message_id'],
        order_by=['created_at desc', 'response_id desc', '_landed_at desc', '_page desc', '_position desc', '_batch desc']
    ) }}
),

surveys as (
    select
        coalesce(lines.message_id, responses.message_id) as message_id,
        lines.created_at as invited_at,
        responses.created_at as responded_at,
        responses.score,
        responses.comment_length,
        responses.comment_language,
        responses.comment_is_closing_only,
        coalesce(responses._batch, lines._batch) as _batch,
        coalesce(responses._attempt, lines._attempt) as _attempt,
        coalesce(responses._page, lines._page) as _page,
        coalesce(responses._position, lines._position) as _position
    from lines
    full outer join responses on responses.message_id = lines.message_id
)

select
    'chatwoot:' || cast(surveys.message_id as varchar(200)) as survey_id,
    'csat' as kind,
    cast(1 as bigint) as scale_min,
    cast(5 as bigint) as scale_max,
    false as is_reversed,
    cast(surveys.score as double) as score,
    surveys.comment_length,
    surveys.comment_language,
    surveys.comment_is_closing_only,
    cast(null as varchar(200)) as reason_code,
    false as is_automatic,
    cast(null as varchar(200)) as rated_agent_id,
    contacts.contact_id,
    cast(null as varchar(200)) as ticket_id,
    'chatwoot' as survey_channel,
    surveys.invited_at,
    surveys.responded_at,
    'chatwoot' as source_system,
    surveys._batch,
    surveys._attempt,
    surveys._page,
    surveys._position
from surveys
left join contacts on contacts.message_id = surveys.message_id
