{{ staging_file_drop('shifts', keys=['agent_id', 'starts_at', 'activity']) }}
