{{ staging_file_drop('attendance', keys=['agent_id', 'starts_at', 'activity']) }}
