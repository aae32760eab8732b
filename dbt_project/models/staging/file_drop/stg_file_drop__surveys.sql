{#- What only the invitation tells stays when the answer comes as a row of its own; no automatic rating takes the place of an answer. -#}
{%- set told_once = ['rated_agent_id', 'contact_id', 'ticket_id', 'survey_channel', 'invited_at'] -%}
with

newest_rows as (
    {{ staging_file_drop(
        'surveys',
        keys=['survey_id'],
        version='responded_at',
        rank='case when responded_at is null then 0 when is_automatic then 1 else 2 end'
    ) }}
),

invitations as (
    select
        survey_id
        {%- for column in told_once %},
        min({{ column }}) as {{ column }}
        {%- endfor %}
    from {{ source('file_drop', 'surveys') }}
    where responded_at is null
    group by survey_id
)

select
    {%- for column in canonical_columns('surveys') %}
    {%- if column in told_once %}
    coalesce(newest_rows.{{ column }}, invitations.{{ column }}) as {{ column }},
    {%- else %}
    newest_rows.{{ column }},
    {%- endif %}
    {%- endfor %}
    newest_rows.source_system,
    newest_rows._batch,
    newest_rows._attempt,
    newest_rows._page,
    newest_rows._position
from newest_rows
left join invitations on invitations.survey_id = newest_rows.survey_id
