{{ staging_file_drop('vendor_figures', keys=['source', 'service_date', 'scope', 'scope_id', 'metric']) }}
