{#- One row per agent and local day on which the agent did or was anything: the parts of the day and the ratios beside them. -#}
with

parts as (select * from {{ ref('int_kpi_parts_summed') }} where adjusted_by is null),
days as (select * from {{ ref('int_days_published') }}),
agents as (select * from {{ ref('dim_agents') }}),

summed as (
    select
        service_date,
        agent_id,
        {{ kpi_part('online_time') }} as online_seconds,
        {{ kpi_part('online_rate') }} as shift_online_seconds,
        {{ kpi_part('online_rate', 'denominator') }} as shift_seconds,
        {{ kpi_part('adherence') }} as adherent_seconds,
        {{ kpi_part('adherence', 'denominator') }} as planned_seconds,
        {{ kpi_part('occupancy') }} as occupied_seconds,
        {{ kpi_part('occupancy', 'denominator') }} as occupiable_seconds,
        {{ kpi_part('handled_volume') }} as handled_legs,
        {{ kpi_part('contacts_handled') }} as contacts_handled,
        {{ kpi_part('tickets_worked') }} as tickets_worked,
        {%- for group in ['voice', 'chat'] %}
        {{ kpi_part('aht', 'numerator', 'default', group) }} as {{ group }}_handle_seconds,
        {{ kpi_part('aht', 'denominator', 'default', group) }} as {{ group }}_handle_final_legs,
        {%- endfor %}
        {{ kpi_part('transfer_rate') }} as transferred_legs,
        {%- for group in ['chat', 'written'] %}
        {{ kpi_part('frt', 'numerator', 'default', group) }} as {{ group }}_first_response_seconds,
        {{ kpi_part('frt', 'denominator', 'default', group) }} as {{ group }}_replied_contacts,
        {%- endfor %}
        {{ kpi_part('resolution_rate') }} as solved_issues,
        {{ kpi_part('resolution_rate', 'denominator') }} as known_issues,
        {{ kpi_part('fcr') }} as first_contacts_resolved,
        {{ kpi_part('fcr', 'denominator') }} as first_contacts,
        {{ kpi_part('csat') }} as satisfied_surveys,
        {{ kpi_part('csat', 'denominator') }} as answered_surveys
    from parts
    where agent_id is not null
    group by service_date, agent_id
)

select
    summed.service_date,
    summed.agent_id,
    agents.name as agent_name,
    agents.team_id,
    {%- for column in [
        'online_seconds', 'shift_online_seconds', 'shift_seconds', 'adherent_seconds', 'planned_seconds', 'occupied_seconds',
        'occupiable_seconds', 'handled_legs', 'contacts_handled', 'tickets_worked', 'voice_handle_seconds',
        'voice_handle_final_legs', 'chat_handle_seconds', 'chat_handle_final_legs', 'transferred_legs',
        'chat_first_response_seconds', 'chat_replied_contacts', 'written_first_response_seconds', 'written_replied_contacts',
        'solved_issues', 'known_issues', 'first_contacts_resolved', 'first_contacts', 'satisfied_surveys', 'answered_surveys'
    ] %}
    summed.{{ column }},
    {%- endfor %}
    {{ rate('shift_online_seconds', 'shift_seconds') }} as online_rate,
    {{ rate('adherent_seconds', 'planned_seconds') }} as adherence_rate,
    {{ rate('occupied_seconds', 'occupiable_seconds') }} as occupancy_rate,
    {{ rate('voice_handle_seconds', 'voice_handle_final_legs') }} as voice_aht_seconds,
    {{ rate('chat_handle_seconds', 'chat_handle_final_legs') }} as chat_aht_seconds,
    {{ rate('transferred_legs', 'handled_legs') }} as transfer_rate,
    {{ rate('chat_first_response_seconds', 'chat_replied_contacts') }} as chat_frt_seconds,
    {{ rate('written_first_response_seconds', 'written_replied_contacts') }} as written_frt_seconds,
    {{ rate('solved_issues', 'known_issues') }} as resolution_rate,
    {{ rate('first_contacts_resolved', 'first_contacts') }} as fcr_rate,
    {{ rate('satisfied_surveys', 'answered_surveys') }} as csat_rate
from summed
inner join days on days.service_date = summed.service_date
left join agents
    on
        agents.agent_id = summed.agent_id
        and agents.effective_from < days.midnight_at
        and agents.effective_to >= days.midnight_at
