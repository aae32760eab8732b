"""The published tables in PostgreSQL, as the dictionary describes them, without a row."""

from __future__ import annotations

from typing import Any

import psycopg

from deskmart.dictionary import published_tables

_TYPES = {"varchar": "text", "double": "double precision", "": "text"}


def empty_marts(connection: psycopg.Connection[Any], *, commented: bool = False) -> None:
    """Make schema `marts` and every table in it; with the dictionary's texts as comments, but at mart_kpi_daily."""
    statements = ["create schema marts"]
    for table in published_tables():
        columns = ", ".join(f'"{name}" {_TYPES.get(column.type, column.type)}' for name, column in table.columns.items())
        statements.append(f'create table marts."{table.name}" ({columns})')
        if commented and table.name != "mart_kpi_daily":
            statements.append(f'comment on table marts."{table.name}" is {_text(table.text)}')
            statements += [
                f'comment on column marts."{table.name}"."{name}" is {_text(column.text)}'
                for name, column in table.columns.items()
            ]
    connection.execute(";".join(statements).encode())


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
