with

events as (select * from {{ ref('stg_asterisk__queue_events') }}),

ranked as (
    select
        events.*,
        row_number() over (partition by queue_id order by occurred_at, _batch, _page, _position) as rank_in_queue
    from events
    where queue_id is not null
)

select
    queue_id,
    queue_name as name,
    cast(null as varchar(200)) as department,
    cast(null as varchar(200)) as tier,
    cast(null as varchar(200)) as owner_team_id,
    occurred_at as valid_from,
    'asterisk' as source_system,
    _batch,
    _attempt,
    _page,
    _position
from ranked
where rank_in_queue = 1
