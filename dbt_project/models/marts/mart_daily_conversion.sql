{#- One local day of a member and channel group with the KPIs of sales side by side. -#}
{{ daily_side_by_side(
    ratios=[
        'inquiry_conversion', 'aov', 'cross_sell_rate', 'repurchase_rate', 'lead_rate'
    ],
    counts=[],
    variants={'aov': var('reporting_currency')}
) }}
