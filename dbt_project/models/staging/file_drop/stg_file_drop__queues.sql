{{ staging_file_drop('queues', keys=['queue_id', 'valid_from']) }}
