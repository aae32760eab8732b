{# One row per marker in a message of those the rule is about, with the message it stands in. #}
with

markers as (select * from {{ ref('int_markers_unioned') }} where subject_kind = 'message' and marker_id is not null),
messages as (select * from {{ ref('int_messages_placed') }})

select
    messages.message_id,
    messages.thread_id,
    messages.thread_kind,
    messages.contact_id,
    messages.ticket_id,
    messages.sender_type,
    messages.sent_at,
    messages.agent_id,
    messages.team_id,
    messages.place,
    messages.source_system,
    markers.marker_id,
    markers.rule_id,
    markers.rule_version,
    markers.kind,
    markers.severity,
    markers.polarity,
    markers.value_hash,
    markers.snippet_masked,
    not markers.is_negated and not markers.is_quoted as is_meant,
    cast(messages.place as bigint) * 1000000000 + markers.position as place_in_thread
from markers
inner join messages
    on
        messages.message_id = markers.subject_id
        and messages._batch = markers._batch
        and messages._attempt = markers._attempt
        and messages._page = markers._page
        and messages._position = markers._position
where markers.speaker = 'any' or markers.speaker = messages.sender_type
