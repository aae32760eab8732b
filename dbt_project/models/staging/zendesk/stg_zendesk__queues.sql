with

groups as (
    {{ newest_per_key(
        source('zendesk', 'groups'),
        keys=['group_id'],
        order_by=['_landed_at desc', '_page desc', '_position desc', '_part desc', '_batch desc']
    ) }}
)

select
    'zendesk:' || cast(group_id as varchar(200)) as queue_id,
    name,
    cast(null as varchar(200)) as department,
    cast(null as varchar(200)) as tier,
    cast(null as varchar(200)) as owner_team_id,
    created_at as valid_from,
    'zendesk' as source_system,
    _batch,
    _attempt,
    _page,
    _position
from groups
