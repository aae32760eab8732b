{{ staging_file_drop('reviews', keys=['review_id', 'criterion']) }}
