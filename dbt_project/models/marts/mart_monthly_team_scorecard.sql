{#- One team's scorecard in a month: the weighted mean of the points of the KPIs with enough sample. -#}
{{ monthly_scorecard('team') }}
