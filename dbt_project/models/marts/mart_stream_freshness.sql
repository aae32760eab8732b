with

attempts as (select * from {{ source('inputs', 'build_attempts') }} where is_current),
covers as (select * from {{ source('inputs', 'build_streams') }}),
info as (select * from {{ source('inputs', 'build_info') }}),

ordered as (
    select
        attempts.*,
        row_number() over (partition by source, stream order by landed_at nulls first, batch, attempt) as place
    from attempts
),

landed_streams as (
    select
        source,
        stream,
        cast(count(*) as bigint) as batches,
        cast(count_if(status = 'stopped') as bigint) as stopped_batches,
        max_by(batch, place) as last_batch,
        max(landed_at) as last_landed_at,
        max(admitted_at) as last_admitted_at,
        cast(sum(accepted) as bigint) as accepted_records,
        cast(sum(quarantined + held_back) as bigint) as kept_back_records
    from ordered
    group by source, stream
)

select
    landed_streams.source,
    landed_streams.stream,
    covers.as_of,
    covers.covered_from,
    coalesce(covers.has_cadence, false) as has_cadence,
    landed_streams.last_batch,
    landed_streams.last_landed_at,
    landed_streams.last_admitted_at,
    landed_streams.batches,
    landed_streams.stopped_batches,
    landed_streams.accepted_records,
    landed_streams.kept_back_records,
    {{ seconds_between('covers.as_of', 'info.as_of') }} as behind_seconds

from landed_streams
cross join info
left join covers on covers.source = landed_streams.source and covers.stream = landed_streams.stream
