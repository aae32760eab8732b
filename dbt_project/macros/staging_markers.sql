{# What screening found in the texts of a source: one row per marker, and one without a marker for a text in which nothing was found. The
   address says in which version of the text. #}
{% macro staging_markers(source_name) -%}
    select
        screened.subject_kind,
        screened.subject_id,
        screened.rules_version,
        screened.language,
        markers.marker_id,
        markers.rule_id,
        markers.rule_version,
        markers.kind,
        markers.severity,
        markers.speaker,
        markers.polarity,
        coalesce(markers.is_negated, false) as is_negated,
        coalesce(markers.is_quoted, false) as is_quoted,
        markers.position,
        markers.value_hash,
        markers.snippet_masked,
        '{{ source_name }}' as source_system,
        screened._batch,
        screened._attempt,
        screened._page,
        screened._position
    from {{ source(source_name, 'screened') }} as screened
    left join {{ source(source_name, 'markers') }} as markers
        on
            markers.subject_kind = screened.subject_kind
            and markers.subject_id = screened.subject_id
            and markers._batch = screened._batch
            and markers._attempt = screened._attempt
            and markers._page = screened._page
            and markers._position = screened._position
{%- endmacro %}
