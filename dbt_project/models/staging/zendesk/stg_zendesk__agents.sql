with

users as (select * from {{ ref('int_zendesk_users_newest') }}),
known as (select * from {{ ref('int_zendesk_agents_known') }})

select
    known.agent_id,
    users.agent_name as name,
    users.agent_email as email,
    cast(null as varchar(200)) as team_id,
    cast(null as varchar(200)) as department,
    case when users.role = 'agent' then 'agent' end as role,
    cast(null as varchar(200)) as tier,
    false as is_bot,
    users.created_at as valid_from,
    nullif(users.created_at, users.created_at) as valid_to,
    'zendesk' as source_system,
    users._batch,
    users._attempt,
    users._page,
    users._position
from known
inner join users on users.user_id_token = known.user_id_token
