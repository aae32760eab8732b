{{ staging_file_drop('finding_verdicts', keys=['finding_id'], version='decided_at') }}
