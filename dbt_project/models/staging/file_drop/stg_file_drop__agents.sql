{{ staging_file_drop('agents', keys=['agent_id', 'valid_from']) }}
