{# One row per abandoned leg (kind leg) and per bot's contact (kind bot) of an identified person: whether they came again in time. #}
with

contacts as (select * from {{ ref('int_contacts_assembled') }} where person_key is not null),
legs as (select * from {{ ref('int_contact_legs_measured') }} where is_abandoned_offered),
entries as (select * from {{ ref('int_contact_entries_summed') }} where is_bot_contact),

departures as (
    select
        'leg' as departure_kind,
        contact_leg_id as departure_id,
        contact_id,
        coalesce(ended_at, {{ plus_seconds('offered_at', 'measured_wait_seconds') }}) as left_at
    from legs
    union all
    select
        'bot' as departure_kind,
        contact_id as departure_id,
        contact_id,
        bot_ended_at as left_at
    from entries
),

of_persons as (
    select departures.*, contacts.person_key
    from departures
    inner join contacts on contacts.contact_id = departures.contact_id
    where departures.left_at is not null
),

returns as (
    select distinct of_persons.departure_kind, of_persons.departure_id
    from of_persons
    inner join contacts on contacts.person_key = of_persons.person_key and contacts.contact_id <> of_persons.contact_id
    where
        contacts.is_inbound
        and contacts.started_at >= of_persons.left_at
        and {{ seconds_between('of_persons.left_at', 'contacts.started_at') }} <= {{ var('return_window_seconds') }}
)

select
    of_persons.departure_kind,
    of_persons.departure_id,
    of_persons.left_at,
    returns.departure_id is not null as has_come_back
from of_persons
left join returns
    on returns.departure_kind = of_persons.departure_kind and returns.departure_id = of_persons.departure_id
