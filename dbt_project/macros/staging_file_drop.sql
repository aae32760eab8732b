{# A canonical stream as files brought it: the newest row per key over all files; `version` decides before the time of landing, and
   `rank`, the higher the better, before the version. #}
{% macro staging_file_drop(stream, keys, version=none, rank=none) -%}
    select
        {%- for column in canonical_columns(stream) %}
        {{ column }},
        {%- endfor %}
        {%- if stream != 'agent_logins' %}
        'file_drop' as source_system,
        {%- endif %}
        _batch,
        _attempt,
        _page,
        _position
    from (
        {{ newest_per_key(
            source('file_drop', stream),
            keys=keys,
            order_by=([rank ~ ' desc'] if rank else []) + ([version ~ ' desc'] if version else [])
                + ['_landed_at desc', '_page desc', '_position desc', '_part desc', '_batch desc']
        ) }}
    ) as newest_rows
{%- endmacro %}
