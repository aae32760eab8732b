{{ staging_file_drop('surveys', keys=['survey_id'], version='responded_at') }}
