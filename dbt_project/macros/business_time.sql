{#
    Business time: how long a calendar was open between two moments. For a model that knows a queue, a channel group and two times:

        clocked as (
            select waits.*, {{ calendar_of('queue_id', 'channel_group', local_date('started_at')) }} as calendar_id
            from waits
        )
        select {{ business_seconds('start_slot', 'started_at', 'end_slot', 'replied_at') }} as wait_business_seconds
        from clocked
        {{ join_business_slot('start_slot', 'clocked.calendar_id', 'clocked.started_at') }}
        {{ join_business_slot('end_slot', 'clocked.calendar_id', 'clocked.replied_at') }}

    The calendar is that of the clock's start. Seconds are decimal(18,6), negative when the second time is before the first, null when a
    time is null or lies outside the laid-out days (2015 to 400 days after the last published day). The moment at which some business
    seconds have passed since a start (a deadline), null when the calendar does not open so often any more:

        select {{ business_due('due_stretch', 'begun.due_clock_seconds') }} as due_at
        from (select clocked.*, {{ business_clock('start_slot', 'started_at') }} + target_seconds as due_clock_seconds
              from clocked {{ join_business_slot('start_slot', 'clocked.calendar_id', 'clocked.started_at') }}) as begun
        {{ join_business_due('due_stretch', 'begun.calendar_id', 'begun.due_clock_seconds') }}
#}

{# The calendar of a queue and channel group on a local date: the most specific assignment in force, queue before channel group. #}
{% macro calendar_of(queue_id, channel_group, on_date) -%}
    {{ policy_of('calendar_assignments', 'calendar_id', queue_id, channel_group, on_date, is_text=true) }}
{%- endmacro %}

{# The slot of a calendar a moment lies in, as a left join under the name `slot`. #}
{% macro join_business_slot(slot, calendar_id, moment) -%}
    left join {{ ref('int_calendars_opened') }} as {{ slot }}
        on
            {{ slot }}.calendar_id = {{ calendar_id }}
            and {{ slot }}.local_day = {{ local_date(moment) }}
            and {{ slot }}.slot_from <= {{ moment }}
            and {{ slot }}.slot_to > {{ moment }}
{%- endmacro %}

{# The calendar's open seconds from its first day to a moment; `slot` is the joined slot of the moment. #}
{% macro business_clock(slot, moment) -%}
    ({{ slot }}.seconds_before + case
        when {{ slot }}.opens_at is null or {{ moment }} <= {{ slot }}.opens_at then 0
        when {{ moment }} >= {{ slot }}.closes_at then {{ slot }}.open_seconds
        else {{ seconds_between(slot ~ '.opens_at', moment) }}
    end)
{%- endmacro %}

{# Open seconds between two moments. #}
{% macro business_seconds(start_slot, started_at, end_slot, ended_at) -%}
    cast({{ business_clock(end_slot, ended_at) }} - {{ business_clock(start_slot, started_at) }} as decimal(18, 6))
{%- endmacro %}

{# The open stretch in which a calendar's clock reaches a reading, as a left join under the name `stretch`. #}
{% macro join_business_due(stretch, calendar_id, clock_seconds) -%}
    left join {{ ref('int_calendars_accrued') }} as {{ stretch }}
        on
            {{ stretch }}.calendar_id = {{ calendar_id }}
            and {{ stretch }}.clock_day = cast(floor({{ clock_seconds }} / 86400) as bigint)
            and {{ stretch }}.seconds_before < {{ clock_seconds }}
            and {{ stretch }}.seconds_after >= {{ clock_seconds }}
{%- endmacro %}

{# The first moment at which the clock shows a reading; `stretch` is the joined stretch. #}
{% macro business_due(stretch, clock_seconds) -%}
    {{ plus_exact_seconds(stretch ~ '.opens_at', clock_seconds ~ ' - ' ~ stretch ~ '.seconds_before') }}
{%- endmacro %}

{# Seconds since midnight of a wall-clock text such as 09:30. #}
{% macro clock_seconds(text) -%}
    (cast(substr({{ text }}, 1, 2) as int) * 3600 + cast(substr({{ text }}, 4, 2) as int) * 60)
{%- endmacro %}
