{{ staging_file_drop('ticket_events', keys=['event_id']) }}
