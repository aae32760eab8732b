{#- One local day of a member and channel group with the KPIs of compliance, leaks, risks and moods side by side, and how much was screened. -#}
{{ daily_side_by_side(
    ratios=[
        'compliance_pass_rate', 'compliance_coverage', 'pii_leak_rate', 'risk_flag_rate', 'negative_sentiment_rate',
        'positive_sentiment_rate', 'sentiment_coverage'
    ],
    counts=['compliance_findings'],
    more_counts=[('compliance_findings', 'critical'), ('compliance_findings', 'major'), ('compliance_findings', 'minor')]
) }}
