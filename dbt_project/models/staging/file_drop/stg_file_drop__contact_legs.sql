{{ staging_file_drop('contact_legs', keys=['contact_leg_id']) }}
