with

users as (select * from {{ ref('int_zendesk_users_newest') }} where role = 'end-user'),
agents as (select * from {{ ref('int_zendesk_agents_known') }})

select
    users.user_id_token as customer_id_token,
    users.customer_phone_token,
    users.customer_email_token,
    'zendesk' as source_system,
    users._batch,
    users._attempt,
    users._page,
    users._position
from users
left join agents on agents.user_id_token = users.user_id_token
where agents.user_id_token is null
