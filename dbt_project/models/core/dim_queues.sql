select * from {{ ref('int_queues_versioned') }}
