{# One row per survey, answered or not, with its score on the scale's right way round and what kind of answer it is. #}
with

surveys as (select * from {{ ref('int_surveys_unioned') }}),
scales as (select * from {{ ref('rating_scales') }}),
watermarks as (select * from {{ source('inputs', 'build_sources') }}),

matched as (
    select
        surveys.*,
        watermarks.as_of,
        coalesce(surveys.scale_min, scales.scale_min) as lowest,
        coalesce(surveys.scale_max, scales.scale_max) as highest,
        coalesce(surveys.is_reversed, scales.is_reversed, false) as is_turned,
        row_number() over (
            partition by surveys.survey_id
            order by
                case when scales.source_system = '*' then 1 else 0 end,
                case when scales.survey_channel = '*' then 1 else 0 end,
                scales.effective_from desc
        ) as preference
    from surveys
    left join scales
        on
            scales.kind = surveys.kind
            and scales.source_system in ('*', surveys.source_system)
            and scales.survey_channel in ('*', surveys.survey_channel)
            and scales.effective_from <= {{ local_date('coalesce(surveys.responded_at, surveys.invited_at)') }}
    left join watermarks on watermarks.source = surveys.source_system
),

scored as (
    select
        matched.*,
        case when is_turned then lowest + highest - score else score end as turned_score,
        {{ mapped_score('score', 'lowest', 'highest', 'is_turned') }} as mapped_score,
        {{ seconds_between('invited_at', 'responded_at') }} as answer_seconds,
        {{ seconds_between('invited_at', 'as_of') }} as covered_seconds
    from matched
    where preference = 1
),

judged as (
    select
        scored.*,
        responded_at is not null and mapped_score is not null and not coalesce(is_automatic, false) as is_response
    from scored
)

select
    judged.*,
    is_response and kind = 'csat' as is_csat_response,
    is_response and kind = 'nps' and lowest = 0 and highest = 10 as is_nps_response,
    is_response and kind = 'ces' and lowest = 1 and highest = 7 as is_ces_response,
    coalesce(comment_length, 0) > 0 as has_comment,
    (covered_seconds > {{ var('survey_window_seconds') }}) is true as is_invitation_due,
    invited_at is not null and (covered_seconds > {{ var('survey_window_seconds') }}) is not true as is_invitation_pending,
    (is_response and answer_seconds <= {{ var('survey_window_seconds') }}) is true as is_answered_in_time
from judged
