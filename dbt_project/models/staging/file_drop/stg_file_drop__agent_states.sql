{{ staging_file_drop('agent_states', keys=['agent_id', 'started_at', 'state']) }}
