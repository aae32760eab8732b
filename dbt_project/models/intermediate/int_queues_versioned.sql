with

observed as (
    select
        queue_id,
        name,
        department,
        tier,
        owner_team_id,
        coalesce(valid_from, timestamp '1970-01-01 00:00:00+00') as valid_from
    from {{ ref('int_queues_unioned') }}
),

one_per_moment as (
    select * from (
        select
            observed.*,
            row_number() over (
                partition by queue_id, valid_from
                order by department nulls last, owner_team_id nulls last, name nulls last, tier nulls last
            ) as rank_in_moment
        from observed
    ) as ranked
    where rank_in_moment = 1
),

changes as (
    select
        one_per_moment.*,
        concat_ws('|', coalesce(name, ''), coalesce(department, ''), coalesce(tier, ''), coalesce(owner_team_id, ''))
            as attributes,
        lag(concat_ws('|', coalesce(name, ''), coalesce(department, ''), coalesce(tier, ''), coalesce(owner_team_id, '')))
            over (partition by queue_id order by valid_from) as attributes_before
    from one_per_moment
),

versions as (
    select
        changes.*,
        row_number() over (partition by queue_id order by valid_from) as version_number,
        lead(valid_from) over (partition by queue_id order by valid_from) as next_from
    from changes
    where attributes is distinct from attributes_before
)

select
    queue_id,
    coalesce(name, queue_id) as name,
    department,
    tier,
    owner_team_id,
    case when version_number = 1 then timestamp '1970-01-01 00:00:00+00' else valid_from end as effective_from,
    coalesce(next_from, timestamp '9999-12-31 00:00:00+00') as effective_to,
    next_from is null as is_current
from versions
