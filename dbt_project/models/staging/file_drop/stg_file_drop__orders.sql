{{ staging_file_drop('orders', keys=['order_id_token'], version='version_at') }}
