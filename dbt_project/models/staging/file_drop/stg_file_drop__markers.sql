{{ staging_markers('file_drop') }}
