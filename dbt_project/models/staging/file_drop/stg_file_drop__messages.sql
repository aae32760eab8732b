{{ staging_file_drop('messages', keys=['message_id']) }}
