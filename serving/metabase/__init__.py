"""Metabase over the published PostgreSQL: our datasets as models, our dashboards, put there over its HTTP API."""
