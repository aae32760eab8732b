{# Points of one KPI, 0 to 100, decimal(28,10), rounded once at 10 decimals (KPIS.md, Scorecard): 0 up to the floor, straight to 80 at
   the target, straight to 100 at the cap. The value is numerator / denominator; floor, target and cap are strictly monotone, rising
   where more is better and falling where less is. #}
{% macro scorecard_points(numerator, denominator, floor, target, cap) -%}
    {%- set up = cap ~ ' > ' ~ floor -%}
    {%- set value = 'cast(' ~ numerator ~ ' as decimal(38, 6))' -%}
    case
        when ({{ reaches(numerator, denominator, cap, up) }}) then cast(100 as decimal(28, 10))
        when ({{ reaches(numerator, denominator, target, up) }})
            then cast(80 as decimal(28, 10)) + {{ points_between(numerator, denominator, target, cap, 20) }}
        when ({{ reaches(numerator, denominator, floor, up) }})
            then {{ points_between(numerator, denominator, floor, target, 80) }}
        when {{ value }} is not null then cast(0 as decimal(28, 10))
    end
{%- endmacro %}

{# Whether numerator / denominator has come to a mark: from below where more is better (`up`), else from above. #}
{% macro reaches(numerator, denominator, mark, up) -%}
    {{ return(adapter.dispatch('reaches', 'deskmart')(numerator, denominator, mark, up)) }}
{%- endmacro %}
{% macro duckdb__reaches(numerator, denominator, mark, up) -%}
    case
        when {{ up }} then {{ millionths(numerator) }} * 1000000 >= {{ millionths(mark) }} * {{ millionths(denominator) }}
        else {{ millionths(numerator) }} * 1000000 <= {{ millionths(mark) }} * {{ millionths(denominator) }}
    end
{%- endmacro %}
{% macro spark__reaches(numerator, denominator, mark, up) -%}
    case
        when {{ up }} then cast({{ numerator }} as decimal(28, 6)) >= {{ mark }} * cast({{ denominator }} as decimal(19, 6))
        else cast({{ numerator }} as decimal(28, 6)) <= {{ mark }} * cast({{ denominator }} as decimal(19, 6))
    end
{%- endmacro %}

{# The share of `points` that a value between two marks has earned, half away from zero at 10 decimals. #}
{% macro points_between(numerator, denominator, start, stop, points) -%}
    {{ return(adapter.dispatch('points_between', 'deskmart')(numerator, denominator, start, stop, points)) }}
{%- endmacro %}
{% macro duckdb__points_between(numerator, denominator, start, stop, points) -%}
    {%- set gained -%}
        abs({{ millionths(numerator) }} * 1000000 - {{ millionths(start) }} * {{ millionths(denominator) }}) * {{ points }}0000000000
    {%- endset -%}
    {%- set whole -%} abs({{ millionths(stop) }} - {{ millionths(start) }}) * {{ millionths(denominator) }} {%- endset -%}
    cast((2 * {{ gained }} + {{ whole }}) // (2 * {{ whole }}) as decimal(28, 0)) * cast(0.0000000001 as decimal(10, 10))
{%- endmacro %}
{% macro spark__points_between(numerator, denominator, start, stop, points) -%}
    cast(
        {{ points }} * (cast({{ numerator }} as decimal(28, 6)) - {{ start }} * cast({{ denominator }} as decimal(19, 6)))
        / (({{ stop }} - {{ start }}) * cast({{ denominator }} as decimal(19, 6))) as decimal(28, 10)
    )
{%- endmacro %}

{# The weighted mean of points, half up at 2 decimals; an aggregate. #}
{% macro scorecard_score(weight, points) -%}
    {{ return(adapter.dispatch('scorecard_score', 'deskmart')(weight, points)) }}
{%- endmacro %}
{% macro duckdb__scorecard_score(weight, points) -%}
    cast(
        (2 * sum({{ millionths(weight) }} * cast({{ points }} * 10000000000 as hugeint)) + 100000000 * sum({{ millionths(weight) }}))
        // (200000000 * sum({{ millionths(weight) }})) as decimal(9, 0)
    ) * cast(0.01 as decimal(2, 2))
{%- endmacro %}
{% macro spark__scorecard_score(weight, points) -%}
    cast(round(sum({{ weight }} * {{ points }}) / sum({{ weight }}), 2) as decimal(9, 2))
{%- endmacro %}

{# 优秀, 合格 or 待改进 as codes: excellent from 90, pass from 80, else below; null without a score. #}
{% macro scorecard_band(score) -%}
    case when {{ score }} >= 90 then 'excellent' when {{ score }} >= 80 then 'pass' when {{ score }} is not null then 'below' end
{%- endmacro %}
{% macro scorecard_band_zh(score) -%}
    case
        when {{ score }} >= 90 then '优秀'
        when {{ score }} >= 80 then '合格'
        when {{ score }} is not null then '待改进'
        else '样本不足'
    end
{%- endmacro %}

{# The scorecards of one scope: an agent is ranked in its team, a team among all teams; like scores share a rank (1, 2, 2, 4). #}
{% macro monthly_scorecard(scope) -%}
with

items as (select * from {{ ref('int_scorecard_items_scored') }} where scope = '{{ scope }}'),

scored as (
    select
        month,
        scope_id,
        team_id,
        max(name) as name,
        cast(coalesce(sum(case when has_sample then weight end), 0) as decimal(9, 6)) as weight_with_sample,
        cast(count(*) as bigint) as kpis,
        cast(count(case when has_sample then 1 end) as bigint) as kpis_with_sample,
        min(case when is_settled then 1 else 0 end) = 1 as is_settled,
        min(policy_from) as policy_from,
        min(period_start) as period_start,
        min(period_end) as period_end
    from items
    group by month, scope_id, team_id
),

counted as (
    select month, scope_id, {{ scorecard_score('weight', 'points') }} as score
    from items
    where has_sample
    group by month, scope_id
),

judged as (
    select scored.*, case when weight_with_sample >= 0.5 then counted.score end as score
    from scored
    left join counted on counted.month = scored.month and counted.scope_id = scored.scope_id
)

select
    month,
    {%- if scope == 'agent' %}
    scope_id as agent_id,
    name as agent_name,
    {%- endif %}
    team_id,
    cast(score as decimal(5, 2)) as score,
    {{ scorecard_band('score') }} as band,
    {{ scorecard_band_zh('score') }} as band_zh,
    cast(
        case when score is not null then rank() over (partition by month{{ ', team_id' if scope == 'agent' }}, score is null order by score desc) end
        as bigint
    ) as {{ 'rank_in_team' if scope == 'agent' else 'rank_of_teams' }},
    weight_with_sample,
    kpis,
    kpis_with_sample,
    is_settled,
    policy_from,
    period_start,
    period_end
from judged
{%- endmacro %}
