"""What BI tools show of the marts: datasets and dashboards, declared once, for Superset's files and for Metabase's API."""
