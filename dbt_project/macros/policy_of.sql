{# The value of a policy seed (queue_id, channel_group, effective_from) on a local date: the most specific row in force, queue before channel
   group before `*`, the newest of several. `is_text` where the value
   is no number. #}
{% macro policy_of(seed, column, queue_id, channel_group, on_date, is_text=false) -%}
    {%- set quote = "'" if is_text else '' -%}
    {%- set query %}
        select queue_id, channel_group, {{ column }} as amount, cast(effective_from as varchar) as effective_from
        from {{ ref(seed) }}
        order by
            case when queue_id = '*' then 1 else 0 end, case when channel_group = '*' then 1 else 0 end,
            effective_from desc, queue_id, channel_group
    {% endset -%}
    case
    {%- if execute %}
        {%- for found in run_query(query).rows %}
        {%- set row = found.dict() %}
        when {{ on_date }} >= date '{{ row.effective_from }}'
            {%- if row.queue_id != '*' %} and {{ queue_id }} = '{{ row.queue_id | replace("'", "''") }}'{% endif %}
            {%- if row.channel_group != '*' %} and {{ channel_group }} = '{{ row.channel_group | replace("'", "''") }}'{% endif %}
            then {{ quote }}{{ row.amount | string | replace("'", "''") }}{{ quote }}
        {%- endfor %}
    {%- endif %}
        when false then {{ "''" if is_text else 0 }}
    end
{%- endmacro %}
