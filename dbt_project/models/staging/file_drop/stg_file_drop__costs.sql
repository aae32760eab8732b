{{ staging_file_drop('costs', keys=['month', 'cost_center', 'currency']) }}
