"""The published tables in PostgreSQL, as the dictionary describes them, without a row."""

from __future__ import annotations

from typing import Any

import psycopg

from deskmart.dictionary import published_tables

_TYPES = {"varchar": "text", "double": "double precision", "": "text"}


def empty_marts(connection: psycopg.Connection[Any]) -> None:
    """Make schema `marts` and every table in it."""
    connection.execute("create schema marts")
    for table in published_tables():
        columns = ", ".join(f'"{name}" {_TYPES.get(column.type, column.type)}' for name, column in table.columns.items())
        connection.execute(f'create table marts."{table.name}" ({columns})'.encode())
