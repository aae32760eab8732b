{{ staging_file_drop('customers', keys=['customer_id_token']) }}
