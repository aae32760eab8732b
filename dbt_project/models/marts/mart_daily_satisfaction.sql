{#- One local day of a member and channel group with the KPIs of satisfaction and quality side by side. -#}
{{ daily_side_by_side(
    ratios=[
        'csat', 'csat_mean', 'rating_good', 'rating_neutral', 'rating_bad', 'survey_response_rate', 'nps',
        'ces', 'low_score_no_reason', 'reply_accuracy', 'communication', 'attitude'
    ],
    counts=['rating_good_count', 'rating_neutral_count', 'rating_bad_count']
) }}
