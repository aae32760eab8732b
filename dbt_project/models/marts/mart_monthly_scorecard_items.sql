select * from {{ ref('int_scorecard_items_scored') }}
