"""Airflow reads a module of this name as it starts; processes that start tasks have its folder on their path.

A task is a fork of the process that starts it. What most tasks import, at five to seven seconds of a processor each time, is
therefore imported once, before the first fork.
"""

import dlt
import duckdb
import great_expectations

import expectations.gate
import expectations.rescreening
import ingestion.ingest

__all__: list[str] = []  # nothing of Airflow's settings is changed

PRELOADED = (dlt, duckdb, great_expectations, expectations.gate, expectations.rescreening, ingestion.ingest)
