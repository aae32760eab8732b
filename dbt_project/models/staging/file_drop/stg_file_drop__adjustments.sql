{{ staging_file_drop('adjustments', keys=['subject', 'kpi'], version='approved_at') }}
