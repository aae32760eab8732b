with

surveys as (
    select *, case when subject_kind = 'ticket' then ticket_id end as judged_ticket_id
    from {{ ref('int_surveys_placed') }}
),
agents as (select * from {{ ref('int_agents_versioned') }}),
assignments as (select * from {{ ref('int_ticket_assignments_spanned') }}),

credited as (
    select
        surveys.*,
        case
            when surveys.subject_kind = 'contact' then surveys.contact_channel
            when surveys.subject_kind = 'ticket' then surveys.ticket_channel
            else surveys.survey_channel
        end as channel,
        case
            when surveys.subject_kind = 'contact' then surveys.contact_channel_group
            when surveys.subject_kind = 'ticket' then 'written'
        end as channel_group,
        case
            when surveys.subject_kind = 'contact' then surveys.contact_queue_id
            when surveys.subject_kind = 'ticket' then assignments.group_id
        end as queue_id,
        coalesce(
            surveys.told_agent_id,
            case
                when surveys.subject_kind = 'contact' then surveys.last_leg_agent_id
                when surveys.subject_kind = 'ticket' and surveys.solved_at is not null then assignments.assignee_id
            end
        ) as credited_agent_id,
        {{ mapped_score('score', 'scale_min', 'scale_max', 'is_reversed') }} as mapped_score
    from surveys
    left join assignments
        on
            assignments.ticket_id = surveys.judged_ticket_id
            and assignments.effective_from <= surveys.credited_at
            and assignments.effective_to > surveys.credited_at
)

select
    credited.survey_id,
    credited.kind,
    credited.source_system,
    credited.contact_id,
    credited.ticket_id,
    credited.channel,
    credited.channel_group,
    credited.queue_id,
    credited.credited_agent_id as rated_agent_id,
    agents.team_id,
    credited.invited_at,
    credited.responded_at,
    {{ local_date('credited.responded_at') }} as responded_on,
    credited.score,
    credited.mapped_score,
    credited.kind = 'csat'
    and credited.mapped_score is not null
    and credited.responded_at is not null
    and not coalesce(credited.is_automatic, false) as is_csat_response,
    (credited.mapped_score >= 4) is true as is_satisfied
from credited
left join agents
    on
        agents.agent_id = credited.credited_agent_id
        and agents.effective_from <= credited.credited_at
        and agents.effective_to > credited.credited_at
