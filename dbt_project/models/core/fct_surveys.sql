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
        ) as credited_agent_id
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
    {{ local_date('credited.invited_at') }} as invited_on,
    credited.score,
    credited.mapped_score,
    credited.is_csat_response,
    coalesce(credited.mapped_score >= 4, false) as is_satisfied,
    credited.is_csat_response and credited.mapped_score >= 4 as is_good_rating,
    credited.is_csat_response and credited.mapped_score = 3 as is_neutral_rating,
    credited.is_csat_response and credited.mapped_score <= 2 as is_bad_rating,
    credited.is_csat_response and credited.mapped_score <= 2 and not credited.has_comment as is_bad_without_comment,
    credited.is_nps_response,
    case
        when credited.is_nps_response and credited.turned_score >= 9 then 1
        when credited.is_nps_response and credited.turned_score <= 6 then -1
        else 0
    end as promoter_balance,
    credited.is_ces_response,
    credited.is_ces_response and credited.turned_score >= 5 as is_low_effort,
    credited.is_invitation_due,
    credited.is_invitation_pending,
    credited.is_invitation_due and credited.is_answered_in_time as is_invitation_answered
from credited
left join agents
    on
        agents.agent_id = credited.credited_agent_id
        and agents.effective_from <= credited.credited_at
        and agents.effective_to > credited.credited_at
