{# What DuckDB and Spark spell differently, each behind one small dispatched macro. #}

{# Seconds from `a` to `b`, decimal(18,6), negative when b is before a; null when either is null. #}
{% macro seconds_between(a, b) %}{{ return(adapter.dispatch('seconds_between', 'deskmart')(a, b)) }}{% endmacro %}
{% macro duckdb__seconds_between(a, b) -%}
    cast(cast(epoch_us({{ b }}) - epoch_us({{ a }}) as decimal(18, 0)) * 0.000001::decimal(6, 6) as decimal(18, 6))
{%- endmacro %}
{% macro spark__seconds_between(a, b) -%}
    cast((unix_micros({{ b }}) - unix_micros({{ a }})) / cast(1000000 as decimal(7, 0)) as decimal(18, 6))
{%- endmacro %}

{# A whole number of microseconds as seconds, decimal(18,6). #}
{% macro micros_to_seconds(micros) -%}
    cast(cast({{ micros }} as decimal(18, 0)) * cast(0.000001 as decimal(6, 6)) as decimal(18, 6))
{%- endmacro %}

{# The date on the site's wall clock of a UTC timestamp: service_date everywhere. #}
{% macro local_date(ts) %}{{ return(adapter.dispatch('local_date', 'deskmart')(ts)) }}{% endmacro %}
{% macro duckdb__local_date(ts) -%}
    cast(({{ ts }}) at time zone '{{ var("site_timezone") }}' as date)
{%- endmacro %}
{% macro spark__local_date(ts) -%}
    cast(from_utc_timestamp({{ ts }}, '{{ var("site_timezone") }}') as date)
{%- endmacro %}

{# The UTC moment of local midnight at the start of a date. #}
{% macro local_midnight(day) %}{{ return(adapter.dispatch('local_midnight', 'deskmart')(day)) }}{% endmacro %}
{% macro duckdb__local_midnight(day) -%}
    cast({{ day }} as timestamp) at time zone '{{ var("site_timezone") }}'
{%- endmacro %}
{% macro spark__local_midnight(day) -%}
    to_utc_timestamp(cast({{ day }} as timestamp), '{{ var("site_timezone") }}')
{%- endmacro %}

{# The time of day of a UTC timestamp on the site's wall clock, HH:MM. #}
{% macro local_clock(ts) %}{{ return(adapter.dispatch('local_clock', 'deskmart')(ts)) }}{% endmacro %}
{% macro duckdb__local_clock(ts) -%}
    strftime(({{ ts }}) at time zone '{{ var("site_timezone") }}', '%H:%M')
{%- endmacro %}
{% macro spark__local_clock(ts) -%}
    date_format(from_utc_timestamp({{ ts }}, '{{ var("site_timezone") }}'), 'HH:mm')
{%- endmacro %}

{# A timestamp some seconds later, exact to the microsecond. #}
{% macro plus_seconds(ts, seconds) %}{{ return(adapter.dispatch('plus_seconds', 'deskmart')(ts, seconds)) }}{% endmacro %}
{% macro duckdb__plus_seconds(ts, seconds) -%}
    ({{ ts }} + to_microseconds(cast(cast({{ seconds }} as decimal(27, 6)) * 1000000 as bigint)))
{%- endmacro %}
{% macro spark__plus_seconds(ts, seconds) -%}
    timestamp_micros(unix_micros({{ ts }}) + cast(cast({{ seconds }} as decimal(27, 6)) * 1000000 as bigint))
{%- endmacro %}

{# A timestamp some seconds later, fractions included. #}
{% macro plus_exact_seconds(ts, seconds) %}{{ return(adapter.dispatch('plus_exact_seconds', 'deskmart')(ts, seconds)) }}{% endmacro %}
{% macro duckdb__plus_exact_seconds(ts, seconds) -%}
    ({{ ts }} + to_microseconds(cast(cast({{ seconds }} as decimal(27, 6)) * 1000000 as bigint)))
{%- endmacro %}
{% macro spark__plus_exact_seconds(ts, seconds) -%}
    timestamp_micros(unix_micros({{ ts }}) + cast(cast({{ seconds }} as decimal(27, 6)) * 1000000 as bigint))
{%- endmacro %}

{# The UTC moment at which the site's wall clock shows so many seconds after midnight of a date (86400 is the next midnight). #}
{% macro local_moment(day, seconds) %}{{ return(adapter.dispatch('local_moment', 'deskmart')(day, seconds)) }}{% endmacro %}
{% macro duckdb__local_moment(day, seconds) -%}
    (cast({{ day }} as timestamp) + to_seconds({{ seconds }})) at time zone '{{ var("site_timezone") }}'
{%- endmacro %}
{% macro spark__local_moment(day, seconds) -%}
    to_utc_timestamp(timestamp_seconds(unix_seconds(cast({{ day }} as timestamp)) + {{ seconds }}), '{{ var("site_timezone") }}')
{%- endmacro %}

{# 1 for Monday to 7 for Sunday. #}
{% macro iso_weekday(day) %}{{ return(adapter.dispatch('iso_weekday', 'deskmart')(day)) }}{% endmacro %}
{% macro duckdb__iso_weekday(day) -%} isodow({{ day }}) {%- endmacro %}
{% macro spark__iso_weekday(day) -%} (weekday({{ day }}) + 1) {%- endmacro %}

{# Whether a text holds a match of a regular expression. #}
{% macro matches(text, pattern) %}{{ return(adapter.dispatch('matches', 'deskmart')(text, pattern)) }}{% endmacro %}
{% macro duckdb__matches(text, pattern) -%} regexp_matches({{ text }}, '{{ pattern }}') {%- endmacro %}
{% macro spark__matches(text, pattern) -%} ({{ text }} rlike r'{{ pattern }}') {%- endmacro %}

{# One row per day from `first` to `last`, both included, as a relation with the column service_date. #}
{% macro days(first, last) %}{{ return(adapter.dispatch('days', 'deskmart')(first, last)) }}{% endmacro %}
{% macro duckdb__days(first, last) -%}
    select cast(unnest(generate_series({{ first }}, {{ last }}, interval '1' day)) as date) as service_date
{%- endmacro %}
{% macro spark__days(first, last) -%}
    select explode(sequence({{ first }}, {{ last }}, interval '1' day)) as service_date
{%- endmacro %}

{# In a select list: a row for each date from `first` to `last`, both included; cast it to a date. #}
{% macro each_day(first, last) %}{{ return(adapter.dispatch('each_day', 'deskmart')(first, last)) }}{% endmacro %}
{% macro duckdb__each_day(first, last) -%} unnest(generate_series({{ first }}, {{ last }}, interval '1' day)) {%- endmacro %}
{% macro spark__each_day(first, last) -%} explode(sequence({{ first }}, {{ last }}, interval '1' day)) {%- endmacro %}

{# The rows of a relation that are newest for their key, all columns; `order_by` lists expressions, newest first. #}
{% macro newest_per_key(relation, keys, order_by) -%}
    select * from (
        select
            ranked.*,
            row_number() over (
                partition by {{ keys | join(', ') }}
                order by {{ order_by | join(' nulls last, ') }} nulls last
            ) as _newest_rank
        from {{ relation }} as ranked
    ) as newest
    where _newest_rank = 1
{%- endmacro %}

{# A ratio beside its parts: double, null (never 0) when the denominator is 0 or null. #}
{% macro rate(numerator, denominator) -%}
    case
        when ({{ denominator }}) > 0
            then cast({{ numerator }} as double) / cast({{ denominator }} as double)
    end
{%- endmacro %}

{# A sum that stays exact in Parquet: decimal(38,6). #}
{% macro exact_sum(expression) -%}
    cast(sum({{ expression }}) as decimal(38, 6))
{%- endmacro %}

{# The moment up to which a source has told us everything (its watermark). #}
{% macro source_as_of(source_system) -%}
    (select as_of from {{ source('inputs', 'build_sources') }} where source = '{{ source_system }}')
{%- endmacro %}

{# The value at place ceil(n * percent / 100) of the sorted values of a group: nearest rank, no interpolation. #}
{% macro nearest_rank(amount, percent) %}{{ return(adapter.dispatch('nearest_rank', 'deskmart')(amount, percent)) }}{% endmacro %}
{% macro duckdb__nearest_rank(amount, percent) -%} quantile_disc({{ amount }}, {{ percent / 100 }}) {%- endmacro %}
{% macro spark__nearest_rank(amount, percent) -%}
    percentile_disc({{ percent / 100 }}) within group (order by {{ amount }})
{%- endmacro %}

{# The distinct values of a text in a group, in their order, with commas; null where there is none. #}
{% macro listed(text) %}{{ return(adapter.dispatch('listed', 'deskmart')(text)) }}{% endmacro %}
{% macro duckdb__listed(text) -%} string_agg(distinct {{ text }}, ', ' order by {{ text }}) {%- endmacro %}
{% macro spark__listed(text) -%} nullif(array_join(sort_array(collect_set({{ text }})), ', '), '') {%- endmacro %}
