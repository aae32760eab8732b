"""Apache Superset over the published PostgreSQL: its asset files, and a local one for `make superset`."""
