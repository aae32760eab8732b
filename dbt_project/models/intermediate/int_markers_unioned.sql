{# One row per marker of a screened text, and one without a marker for a text in which nothing was found. #}
select * from {{ ref('stg_zendesk__markers') }}
union all
select * from {{ ref('stg_chatwoot__markers') }}
union all
select * from {{ ref('stg_file_drop__markers') }}
