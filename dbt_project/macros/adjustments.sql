{# Adjustments: approved exclusions of single rows from the sums of a KPI. A subject is a natural id; here stands which columns of a fact
   may bear it. `fact` is the fact's alias. fct_excluded_contacts has none: nobody adjusts what the sources leave out. #}
{% macro adjustment_subjects(fact) -%}
    {{ return({
        'fct_contact_legs': ['fact.contact_leg_id', 'fact.contact_id'],
        'fct_chat_shares': ['fact.contact_leg_id', 'fact.contact_id'],
        'fct_contacts': ['fact.contact_id', "case when fact.contact_kind = 'turn' then fact.ticket_id end"],
        'fct_turns': ['fact.turn_id', 'fact.thread_id'],
        'fct_sla_deadlines': ['fact.thread_id'],
        'fct_issues': ['fact.issue_id'],
        'fct_open_issues': ['fact.adjusted_issue_id'],
        'fct_solves': ['fact.ticket_id', 'fact.issue_id'],
        'fct_tickets_worked': ['fact.ticket_id'],
        'fct_backlog': ['fact.adjusted_ticket_id'],
        'fct_surveys': ['fact.survey_id', 'fact.contact_id', 'fact.ticket_id'],
        'fct_reviews': ['fact.review_id', 'fact.contact_id'],
        'fct_contact_checks': ['fact.contact_id', 'fact.ticket_id'],
        'fct_compliance_findings': ['fact.finding_id', 'fact.contact_id', 'fact.ticket_id'],
        'fct_inquiries': ['fact.contact_id', 'fact.ticket_id'],
        'fct_orders': ['fact.order_id_token'],
        'fct_agent_days': ["fact.agent_id || '@' || cast(fact.service_date as varchar)"],
        'fct_cost_months': [month_name('fact.month_start')]
    }.get(fact, [])) }}
{%- endmacro %}

{# The rows of a fact with `adjusted_by`: the marks |kpi:number| of the adjustments whose subject a row is, null for nearly all. #}
{% macro adjusted_rows(fact, relation) -%}
    {%- set subjects = adjustment_subjects(fact) -%}
    (
        select
            fact.*,
            {%- if subjects %}
            nullif(concat_ws('', {% for subject in subjects %}by_{{ loop.index }}.marks{{ '' if loop.last else ', ' }}{% endfor %}), '')
            {%- else %}
            cast(null as varchar)
            {%- endif %} as adjusted_by
        from {{ relation }} as fact
        {%- for subject in subjects %}
        left join {{ ref('int_adjustments_unioned') }} as by_{{ loop.index }}
            on by_{{ loop.index }}.subject = {{ subject }} and by_{{ loop.index }}.is_first
        {%- endfor %}
    ) as adjusted
{%- endmacro %}

{# Whether marks take a row out of a KPI (an expression). #}
{% macro is_adjusted(marks, kpi) -%}
    coalesce(instr({{ marks }}, '|' || {{ kpi }} || ':') > 0 or instr({{ marks }}, '|*:') > 0, false)
{%- endmacro %}

{# Whether marks hold one adjustment. #}
{% macro is_adjusted_by(marks, kpi, number) -%}
    instr({{ marks }}, '|' || {{ kpi }} || ':' || cast({{ number }} as varchar) || '|') > 0
{%- endmacro %}
