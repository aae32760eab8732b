{{ config(materialized='ephemeral') }}
{{ canonical('finding_verdicts') }}
