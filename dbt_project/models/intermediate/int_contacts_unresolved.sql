{# One row per contact or ticket whose customer said that it was not resolved. #}
select distinct coalesce(contact_id, ticket_id) as subject_id
from {{ ref('int_surveys_unioned') }}
where
    kind = 'resolved'
    and score = case when coalesce(is_reversed, false) then scale_max else scale_min end
    and not coalesce(is_automatic, false)
    and coalesce(contact_id, ticket_id) is not null
