select * from {{ ref('int_agents_versioned') }}
