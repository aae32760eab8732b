with

teams as (
    {{ newest_per_key(
        source('chatwoot', 'teams'),
        keys=['team_id'],
        order_by=['_landed_at desc', '_page desc', '_position desc', '_part desc', '_batch desc']
    ) }}
),

inboxes as (
    {{ newest_per_key(
        source('chatwoot', 'inboxes'),
        keys=['inbox_id'],
        order_by=['_landed_at desc', '_page desc', '_position desc', '_part desc', '_batch desc']
    ) }}
),

queues as (
    select
        'chatwoot:team:' || cast(team_id as varchar(200)) as queue_id,
        name,
        _batch,
        _attempt,
        _page,
        _position
    from teams
    union all
    select
        'chatwoot:inbox:' || cast(inbox_id as varchar(200)) as queue_id,
        name,
        _batch,
        _attempt,
        _page,
        _position
    from inboxes
)

select
    queue_id,
    name,
    cast(null as varchar(200)) as department,
    cast(null as varchar(200)) as tier,
    cast(null as varchar(200)) as owner_team_id,
    timestamp '1970-01-01 00:00:00+00' as valid_from,
    'chatwoot' as source_system,
    _batch,
    _attempt,
    _page,
    _position
from queues
