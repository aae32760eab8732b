select
    event_id,
    ticket_id,
    root_ticket_id,
    channel,
    occurred_at,
    {{ local_date('occurred_at') }} as occurred_on,
    next_at,
    old_status,
    new_status,
    actor_id,
    actor_type,
    actor_team_id,
    is_solve,
    is_reopen
from {{ ref('int_ticket_status_sequenced') }}
