{{ config(materialized='ephemeral') }}
{# One row per contact that lacks a field which the record policy in force at its end asks for. #}
with

contacts as (
    select *, {{ local_date('ended_at') }} as ended_on
    from {{ ref('int_contacts_assembled') }}
    where ended_at is not null
),
policies as (select * from {{ ref('record_policies') }}),
places as (select distinct channel_group, ended_on from contacts),

in_force as (
    select * from (
        select
            places.channel_group,
            places.ended_on,
            policies.required_field,
            rank() over (
                partition by places.channel_group, places.ended_on
                order by case when policies.channel_group = '*' then 1 else 0 end, policies.effective_from desc
            ) as preference
        from places
        inner join policies
            on
                (policies.channel_group = '*' or policies.channel_group = places.channel_group)
                and policies.effective_from <= places.ended_on
    ) as ranked
    where preference = 1
)

select distinct contacts.contact_id
from contacts
inner join in_force
    on in_force.channel_group is not distinct from contacts.channel_group and in_force.ended_on = contacts.ended_on
where
    case in_force.required_field
        when 'topic' then contacts.topic
        when 'disposition' then contacts.disposition
    end is null
