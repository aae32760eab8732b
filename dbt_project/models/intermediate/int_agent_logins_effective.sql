with

logins as (select * from {{ ref('int_agent_logins_unioned') }}),

newest_per_moment as (
    select
        case when source_system = 'file_drop' then login else source_system || ':' || login end as login_id,
        coalesce(valid_from, timestamp '1970-01-01 00:00:00+00') as valid_from,
        max(agent_id) as agent_id
    from logins
    where agent_id is not null
    group by all
),

ranked as (
    select
        login_id,
        agent_id,
        valid_from,
        row_number() over (partition by login_id order by valid_from) as rank_in_login,
        lead(valid_from) over (partition by login_id order by valid_from) as next_from
    from newest_per_moment
)

select
    login_id,
    agent_id,
    case when rank_in_login = 1 then timestamp '1970-01-01 00:00:00+00' else valid_from end as effective_from,
    coalesce(next_from, timestamp '9999-12-31 00:00:00+00') as effective_to
from ranked
