{# When a leg was left: at its offer where nobody tells, not before the end of time while somebody may be on it. Of legs that begin in
   one second, as where a queue refuses and the next one takes the call, the one that was left first came first. #}
{% macro leg_left_at() -%}
    case
        when ended_at is not null then ended_at
        when outcome in ('open', 'answered') then timestamp '9999-12-31 00:00:00+00'
        else offered_at
    end
{%- endmacro %}
