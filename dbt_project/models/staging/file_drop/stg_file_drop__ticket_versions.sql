{{ staging_file_drop('tickets', keys=['ticket_id', 'version']) }}
