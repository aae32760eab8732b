{{ config(materialized='table') }}

{# A user who ever was an agent stays one here: whoever leaves is made an end user, and what they wrote is still theirs. #}
with

users as (select * from {{ source('zendesk', 'users') }})

select
    user_id_token,
    'zendesk:' || cast(max(agent_id) as varchar(200)) as agent_id
from users
where agent_id is not null
group by user_id_token
