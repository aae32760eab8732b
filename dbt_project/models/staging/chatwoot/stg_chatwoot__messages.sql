with

lines as (select * from {{ ref('stg_chatwoot__lines') }} where kind <> 'activity'),
contacts as (select * from {{ ref('int_chatwoot_contacts_split') }} where message_id is not null)

select
    'chatwoot:' || cast(lines.message_id as varchar(200)) as message_id,
    contacts.contact_id,
    cast(null as varchar(200)) as ticket_id,
    case
        when lines.kind = 'incoming' then 'customer'
        when lines.step = 'bot' then 'bot'
        when lines.agent_id is not null then 'agent'
        else 'system'
    end as sender_type,
    'chatwoot:' || cast(lines.agent_id as varchar(200)) as sender_id,
    lines.created_at as sent_at,
    not coalesce(lines.is_private, false) as is_public,
    lines.step in ('bot', 'automatic') as is_automatic,
    coalesce(lines.template_name, case when lines.kind = 'template' then lines.content_type end) as template,
    lines.text_length,
    lines.text_language,
    lines.text_is_closing_only,
    'chatwoot' as source_system,
    lines._batch,
    lines._attempt,
    lines._page,
    lines._position
from lines
left join contacts on contacts.message_id = lines.message_id
