with

observed as (select * from {{ ref('int_agents_unioned') }}),
logins as (select * from {{ ref('int_agent_logins_effective') }}),

resolved as (
    select
        coalesce(logins.agent_id, observed.agent_id) as agent_id,
        observed.name,
        observed.email,
        observed.team_id,
        observed.department,
        observed.role,
        observed.tier,
        coalesce(observed.is_bot, false) as is_bot,
        coalesce(observed.valid_from, timestamp '1970-01-01 00:00:00+00') as valid_from,
        observed.team_id is not null as has_team,
        max(case when observed.team_id is not null then 1 else 0 end)
            over (partition by coalesce(logins.agent_id, observed.agent_id)) as any_team
    from observed
    left join logins
        on
            logins.login_id = observed.agent_id
            and logins.effective_from <= coalesce(observed.valid_from, timestamp '1970-01-01 00:00:00+00')
            and logins.effective_to > coalesce(observed.valid_from, timestamp '1970-01-01 00:00:00+00')
),

one_per_moment as (
    select * from (
        select
            resolved.*,
            row_number() over (
                partition by agent_id, valid_from
                order by
                    team_id nulls last, name nulls last, department nulls last, role nulls last, tier nulls last,
                    is_bot desc, email nulls last
            ) as rank_in_moment
        from resolved
        where has_team or any_team = 0
    ) as ranked
    where rank_in_moment = 1
),

-- An observation that does not tell something leaves it as it was known before, or as it is told first.
filled as (
    select
        agent_id,
        valid_from,
        {%- for column in ['name', 'email', 'team_id', 'department', 'role', 'tier'] %}
        coalesce(
            max_by({{ column }}, case when {{ column }} is not null then valid_from end) over (
                partition by agent_id order by valid_from rows between unbounded preceding and current row
            ),
            min_by({{ column }}, case when {{ column }} is not null then valid_from end) over (partition by agent_id)
        ) as {{ column }},
        {%- endfor %}
        is_bot
    from one_per_moment
),

compared as (
    select
        filled.*,
        concat_ws('|', coalesce(name, ''), coalesce(team_id, ''), coalesce(department, ''), coalesce(role, ''),
            coalesce(tier, ''), cast(is_bot as varchar)) as attributes
    from filled
),

changes as (
    select
        compared.*,
        lag(attributes) over (partition by agent_id order by valid_from) as attributes_before
    from compared
),

versions as (
    select
        changes.*,
        row_number() over (partition by agent_id order by valid_from) as version_number,
        lead(valid_from) over (partition by agent_id order by valid_from) as next_from
    from changes
    where attributes is distinct from attributes_before
)

select
    agent_id,
    name,
    email,
    team_id,
    department,
    role,
    tier,
    is_bot,
    case when version_number = 1 then timestamp '1970-01-01 00:00:00+00' else valid_from end as effective_from,
    coalesce(next_from, timestamp '9999-12-31 00:00:00+00') as effective_to,
    next_from is null as is_current
from versions
