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
),

-- One order for all that follows, so that what is seen in one moment, or read twice, is told one way.
ordered as (
    select
        *,
        row_number() over (
            partition by contact_id_token
            order by seen_at, _batch, _attempt, _page, _position, contact_phone_token, contact_email_token
        ) as seen_place,
        row_number() over (
            partition by contact_id_token
            order by _batch desc, _attempt desc, _page desc, _position desc
        ) as newest_place
    from sightings
)

select
    contact_id_token as customer_id_token,
    max_by(contact_phone_token, case when contact_phone_token is not null then seen_place end) as customer_phone_token,
    max_by(contact_email_token, case when contact_email_token is not null then seen_place end) as customer_email_token,
    'chatwoot' as source_system,
    max(case when newest_place = 1 then _batch end) as _batch,
    max(case when newest_place = 1 then _attempt end) as _attempt,
    max(case when newest_place = 1 then _page end) as _page,
    max(case when newest_place = 1 then _position end) as _position
from ordered
group by contact_id_token
