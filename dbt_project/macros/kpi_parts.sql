{# The facts a KPI of the catalogue may stand on; dbt needs their names, and that of the
   adjustments, before the catalogue can be read. #}
{% macro kpi_facts() -%}
    {%- do ref('int_adjustments_unioned') -%}
    {{ return({
        'fct_contact_legs': ref('fct_contact_legs'),
        'fct_contacts': ref('fct_contacts'),
        'fct_turns': ref('fct_turns'),
        'fct_sla_deadlines': ref('fct_sla_deadlines'),
        'fct_issues': ref('fct_issues'),
        'fct_solves': ref('fct_solves'),
        'fct_surveys': ref('fct_surveys'),
        'fct_tickets_worked': ref('fct_tickets_worked'),
        'fct_excluded_contacts': ref('fct_excluded_contacts'),
        'fct_cost_months': ref('fct_cost_months'),
        'fct_inquiries': ref('fct_inquiries'),
        'fct_orders': ref('fct_orders'),
        'fct_reviews': ref('fct_reviews'),
        'fct_backlog': ref('fct_backlog'),
        'fct_chat_shares': ref('fct_chat_shares'),
        'fct_agent_days': ref('fct_agent_days'),
        'fct_open_issues': ref('fct_open_issues'),
        'fct_contact_checks': ref('fct_contact_checks'),
        'fct_compliance_findings': ref('fct_compliance_findings')
    }) }}
{%- endmacro %}

{# The scopes that one row of a contact stands for where teams and agents are judged apart (fct_contact_checks). #}
{% macro place_scopes() -%} company|channel|queue {%- endmacro %}

{# In which scopes a row of a fact counts, as `a|b|c`; null: in all that the catalogue names. #}
{% macro kpi_counted_scopes(fact) -%}
    {%- if fact == 'fct_contact_checks' -%} counted_scopes {%- else -%} cast(null as varchar) {%- endif -%}
{%- endmacro %}

{# Whether a catalogue column is a flag, which counts as 1, and no amount. #}
{% macro is_kpi_flag(column) -%}
    {{ return(column.startswith('is_') or column.startswith('has_')) }}
{%- endmacro %}

{# A catalogue column as something to sum. #}
{% macro kpi_amount(column) -%}
    {%- if is_kpi_flag(column) -%} case when {{ column }} then 1 else 0 end
    {%- else -%} coalesce({{ column }}, 0)
    {%- endif -%}
{%- endmacro %}

{# Whether a fact row is in the denominator. #}
{% macro is_in_denominator(column) -%}
    {%- if is_kpi_flag(column) -%} {{ column }} {%- else -%} {{ column }} is not null {%- endif -%}
{%- endmacro %}

{# The value of a distribution in a fact row; null where the row is not in it. #}
{% macro kpi_value_of(row) -%}
    {%- if row.denominator_column -%} case when {{ row.denominator_column }} then {{ row.numerator_column }} end
    {%- else -%} {{ row.numerator_column }}
    {%- endif -%}
{%- endmacro %}

{# What sums up to the sample: rows of the denominator (for a count, the numerator; for a stock, what is in stock). #}
{% macro kpi_sample_of(row) -%}
    {%- if row.kind == 'distribution' -%} case when {{ kpi_value_of(row) }} is not null then 1 else 0 end
    {%- elif row.kind == 'ratio' and not is_kpi_flag(row.denominator_column) -%}
        case when {{ row.denominator_column }} > 0 then 1 else 0 end
    {%- else -%} {{ kpi_amount(row.denominator_column or row.numerator_column) }}
    {%- endif -%}
{%- endmacro %}

{# The columns that date and credit a fact row, by the names of the parts. #}
{% macro kpi_credit_columns(row) -%}
        {{ row.date_column }} as service_date,
        {{ row.channel_group_column }} as channel_group,
        {{ row.channel_column }} as channel,
        {{ row.queue_column or 'cast(null as varchar)' }} as queue_id,
        {{ row.team_column or 'cast(null as varchar)' }} as team_id,
        {{ row.agent_column or 'cast(null as varchar)' }} as agent_id,
        {{ 'cast(' ~ row.variant_column ~ ' as varchar)' if row.variant_column else 'cast(null as varchar)' }} as member_variant,
        {{ kpi_counted_scopes(row.fact) }} as counted_scopes
{%- endmacro %}

{# One scan of a fact for all catalogue rows that are dated and credited alike: their parts as columns. #}
{% macro kpi_sums_of(rows, facts) -%}
    {%- set info = source('inputs', 'build_info') %}
    select
        {{ kpi_credit_columns(rows[0]) }},
        adjusted_by,
        {%- for row in rows %}
        {%- if row.kind == 'distribution' %}
        cast(0 as decimal(38, 6)) as numerator_{{ loop.index }},
        cast(null as decimal(38, 6)) as denominator_{{ loop.index }},
        {%- elif row.denominator_column %}
        {{ exact_sum('case when ' ~ is_in_denominator(row.denominator_column) ~ ' then ' ~ kpi_amount(row.numerator_column) ~ ' else 0 end') }} as numerator_{{ loop.index }},
        {{ exact_sum(kpi_amount(row.denominator_column)) }} as denominator_{{ loop.index }},
        {%- else %}
        {{ exact_sum(kpi_amount(row.numerator_column)) }} as numerator_{{ loop.index }},
        cast(null as decimal(38, 6)) as denominator_{{ loop.index }},
        {%- endif %}
        cast(sum({{ kpi_sample_of(row) }}) as bigint) as sample_{{ loop.index }},
        cast({{ 'sum(' ~ kpi_amount(row.pending_column) ~ ')' if row.pending_column else '0' }} as bigint) as pending_{{ loop.index }}
        {{- '' if loop.last else ',' }}
        {%- endfor %}
    from {{ adjusted_rows(rows[0].fact, facts[rows[0].fact]) }}
    where
        {{ rows[0].date_column }} >= (select first_day from {{ info }})
        and {{ rows[0].date_column }} <= (select last_day from {{ info }})
    group by all
{%- endmacro %}

{# The days and channel groups that one catalogue row is about, as a condition on its fact. #}
{% macro kpi_is_about(row) -%}
        {{ row.date_column }} >= date '{{ row.effective_from }}'
        and {{ row.date_column }} < date '{{ row.next_from }}'
        and ({{ row.channel_group_column }} in ('{{ row.channel_groups.split("|") | join("', '") }}') or {{ row.channel_group_column }} is null)
{%- endmacro %}

{# One of the columns that a scan has per catalogue row. #}
{% macro kpi_sum_at(place, name, count) -%}
    case {{ place }}{% for number in range(1, count + 1) %} when {{ number }} then {{ name }}_{{ number }}{% endfor %} end
{%- endmacro %}

{# The additive parts of the catalogue rows of one scan at day x channel x queue x team x agent. #}
{% macro kpi_parts_of(rows, sums) -%}
    select * from (
        select
            about.kpi,
            coalesce(about.variant, member_variant, '(none)') as variant,
            about.kpi_version,
            service_date,
            channel_group,
            channel,
            queue_id,
            team_id,
            agent_id,
            counted_scopes,
            case when {{ is_adjusted('adjusted_by', 'about.kpi') }} then adjusted_by end as adjusted_by,
            {%- for name in ['numerator', 'denominator', 'sample', 'pending'] %}
            {{ kpi_sum_at('about.place', name, rows | length) }} as {{ name }}{{ '_size' if name in ['sample', 'pending'] }}
            {{- '' if loop.last else ',' }}
            {%- endfor %}
        from {{ sums }}
        cross join (
            {%- for row in rows %}
            select
                {{ loop.index }} as place,
                '{{ row.kpi }}' as kpi,
                {{ 'cast(null as varchar)' if row.variant_column else "'" ~ row.variant ~ "'" }} as variant,
                {{ row.version }} as kpi_version,
                date '{{ row.effective_from }}' as effective_from,
                date '{{ row.next_from }}' as next_from,
                '|{{ row.channel_groups }}|' as channel_groups
            {{- '' if loop.last else '            union all' }}
            {%- endfor %}
        ) as about
        where
            service_date >= about.effective_from
            and service_date < about.next_from
            and (channel_group is null or about.channel_groups like '%|' || channel_group || '|%')
    ) as found
    where numerator <> 0 or denominator <> 0 or sample_size <> 0 or pending_size <> 0
{%- endmacro %}

{# When each version of a KPI is in force: from its own day, or an earlier one that kpi_restatements names, to the day before a later
   version's. A version that later ones leave no day has no row. #}
{% macro kpi_version_spans() -%}
    select kpi, variant, version, effective_from, next_from
    from (
        select
            kpi,
            variant,
            version,
            effective_from,
            coalesce(
                min(effective_from) over (
                    partition by kpi, variant order by version rows between 1 following and unbounded following
                ),
                date '9999-12-31'
            ) as next_from
        from (
            select
                catalogue.kpi,
                catalogue.variant,
                catalogue.version,
                least(
                    cast(catalogue.effective_from as date), coalesce(cast(restated.restated_from as date), date '9999-12-31')
                ) as effective_from
            from {{ ref('kpi_catalog') }} as catalogue
            left join {{ ref('kpi_restatements') }} as restated
                on
                    restated.kpi = catalogue.kpi
                    and restated.variant = catalogue.variant
                    and cast(restated.version as int) = cast(catalogue.version as int)
        ) as dated
    ) as spanned
    where effective_from < next_from
{%- endmacro %}

{# The rows of the catalogue as dictionaries, read from the seed. `next_from` is when the next version begins; `alike` is equal for
   rows of one fact that are dated and credited by the same columns. #}
{% macro kpi_catalogue_rows() -%}
    {%- set query %}
        select
            catalogue.kpi, catalogue.variant, catalogue.version, cast(spans.effective_from as varchar) as effective_from,
            cast(spans.next_from as varchar) as next_from, kind, fact, date_column, numerator_column, denominator_column,
            pending_column, channel_group_column, channel_column, queue_column, team_column, agent_column, scopes, channel_groups,
            has_all,
            case when left(catalogue.variant, 1) = '{' then replace(replace(catalogue.variant, '{', ''), '}', '') end as variant_column,
            concat_ws(
                '|', fact, date_column, channel_group_column, channel_column, coalesce(queue_column, '-'),
                coalesce(team_column, '-'), coalesce(agent_column, '-'),
                case when left(catalogue.variant, 1) = '{' then catalogue.variant end
            ) as alike
        from {{ ref('kpi_catalog') }} as catalogue
        inner join ({{ kpi_version_spans() }}) as spans
            on spans.kpi = catalogue.kpi and spans.variant = catalogue.variant and spans.version = catalogue.version
        order by catalogue.kpi, catalogue.variant, catalogue.version
    {% endset -%}
    {%- set rows = [] -%}
    {%- if execute -%}
        {%- for row in run_query(query).rows -%}
            {%- do rows.append(row.dict()) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(rows) }}
{%- endmacro %}
