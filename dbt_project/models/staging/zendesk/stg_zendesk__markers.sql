{{ staging_markers('zendesk') }}
