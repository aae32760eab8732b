{{ config(materialized='ephemeral') }}
{{ canonical('costs') }}
