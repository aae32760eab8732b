with

sightings as (
    select
        contact_id_token,
        contact_phone_token,
        contact_email_token,
        created_at as seen_at,
        _batch,
        _attempt,
        _page,
        _position
    from {{ ref('stg_chatwoot__lines') }}
    where contact_id_token is not null
    union all
    select
        contact_id_token,
        contact_phone_token,
        contact_email_token,
        created_at as seen_at,
        _batch,
        _attempt,
        _page,
        _position
    from {{ ref('stg_chatwoot__conversations') }}
    where contact_id_token is not null
)

select
    contact_id_token as customer_id_token,
    max_by(contact_phone_token, seen_at) filter (where contact_phone_token is not null) as customer_phone_token,
    max_by(contact_email_token, seen_at) filter (where contact_email_token is not null) as customer_email_token,
    'chatwoot' as source_system,
    max(_batch) as _batch,
    max_by(_attempt, _batch) as _attempt,
    max_by(_page, _batch) as _page,
    max_by(_position, _batch) as _position
from sightings
group by contact_id_token
