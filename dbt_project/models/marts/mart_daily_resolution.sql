{#- One local day of a member and channel group with the KPIs of resolution and complaints side by side. -#}
{{ daily_side_by_side(
    ratios=[
        'resolution_rate', 'fcr', 'one_touch_rate', 'reopen_rate', 'contacts_per_resolution', 'agents_per_resolution',
        'escalation_rate', 'time_to_resolve', 'time_to_resolve_business', 'open_age', 'complex_resolution_rate', 'backlog_age',
        'complaint_rate', 'complaint_resolution_rate'
    ],
    counts=['backlog', 'complaints']
) }}
