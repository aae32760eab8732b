{{ staging_file_drop('agent_logins', keys=['source_system', 'login', 'valid_from']) }}
