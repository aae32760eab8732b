{#
    Where one stay ends and the next begins within the humans' part of a contact: another agent takes over (from the assignment
    on, where one is told, else from that agent's first word), or the chat goes to another team.
#}
with

contacts as (select * from {{ ref('int_chatwoot_contacts_framed') }}),

steps as (
    select
        split.*,
        contacts.human_from_place
    from {{ ref('int_chatwoot_contacts_split') }} as split
    inner join contacts on contacts.contact_id = split.contact_id
    where
        split.place >= contacts.human_from_place
        and (contacts.close_place is null or split.place <= contacts.close_place)
),

counted as (
    select
        steps.*,
        sum(case when step = 'human' then 1 else 0 end) over (
            partition by contact_id order by place rows between unbounded preceding and current row
        ) as replies_so_far
    from steps
),

replies as (
    select
        counted.*,
        lag(agent_id) over (partition by contact_id order by place) as agent_before
    from counted
    where step = 'human'
),

takeovers as (
    select
        replies.contact_id,
        replies.replies_so_far - 1 as gap,
        coalesce(min(assigned.place), replies.place) as place
    from replies
    left join counted as assigned
        on
            assigned.contact_id = replies.contact_id
            and assigned.replies_so_far = replies.replies_so_far - 1
            and assigned.step = 'assigned'
    where replies.agent_before is not null and replies.agent_before <> replies.agent_id
    group by replies.contact_id, replies.replies_so_far, replies.place
),

teams as (
    select
        counted.contact_id,
        counted.replies_so_far as gap,
        counted.place,
        counted.team_id,
        lag(counted.team_id) over (partition by counted.contact_id order by counted.place) as team_before
    from counted
    where counted.team_id is not null
),

every_bound as (
    select contact_id, gap, place, 'agent' as reason from takeovers
    union all
    select contact_id, gap, place, 'team' as reason from teams where team_before <> team_id
)

select
    contact_id,
    min(place) as place,
    case when max(reason) = 'team' then 'queue' else 'transfer' end as leg_kind
from every_bound
group by contact_id, gap, case when gap = 0 then place end
