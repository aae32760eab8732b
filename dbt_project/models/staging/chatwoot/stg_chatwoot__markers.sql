{{ staging_markers('chatwoot') }}
