{# The call a channel belongs to: the oldest channel it was ever linked with. #}
select
    unique_id as call_id,
    min(contact_id) as contact_id
from {{ ref('stg_asterisk__call_records') }}
group by unique_id
