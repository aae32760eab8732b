"""Views of the marts whose columns and KPIs bear names that people read: in `labels_zh` Chinese ones, in `labels_en` English ones."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from serving.postgres.roles import LABELS, MARTS, READER
from serving.postgres.server import fetch, name, run

if TYPE_CHECKING:
    from serving.postgres.server import Connection

Language = Literal["zh", "en"]
LABEL_FILE = Path(__file__).with_name("labels.csv")
_PARTS: Mapping[str, Mapping[str, str]] = {
    "zh": {"_numerator": "·分子", "_denominator": "·分母"},
    "en": {"_numerator": " (numerator)", "_denominator": " (denominator)"},
}
_KPI: Mapping[str, str] = {"zh": "指标", "en": "KPI"}
_LABELLED = ("mart_", "kpi_targets")


@cache
def column_labels() -> Mapping[str, Mapping[str, str]]:
    """The names of columns that are no KPIs, by language and column."""
    with LABEL_FILE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {language: {row["column"]: row[language] for row in rows} for language in LABELS}


def label_of(column: str, language: str, kpis: Mapping[str, str]) -> str:
    """What a column is called; `kpis` are the names of the KPIs by code. One without a name keeps its own."""
    if column in column_labels()[language]:
        return column_labels()[language][column]
    for end, words in (*_PARTS[language].items(), ("", "")):
        if column.endswith(end) and (code := column.removesuffix(end)) in kpis:
            return kpis[code] + words
    return column


def label_views(connection: Connection, kept: str) -> None:
    """Make the views anew over the tables that are now the marts.

    One that cannot be replaced, because somebody's view hangs on it, goes to the schema `kept` with what hangs on it.
    """
    import psycopg

    tables = fetch(
        connection,
        "select c.relname::text, array_agg(a.attname::text order by a.attnum) from pg_class as c join pg_attribute as a on a.attrelid = c.oid "
        "where c.relnamespace = %s::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped group by 1",
        MARTS,
    )
    catalog = dict(tables).get("kpi_catalog", [])
    for language, schema in LABELS.items():
        kpis = _kpi_names(connection, language) if f"name_{language}" in catalog else {}
        made = {str(table): _query(table, columns, language, kpis) for table, columns in tables if table.startswith(_LABELLED)}
        try:
            with connection.transaction():
                run(connection, *(_statement("create or replace", schema, view, query) for view, query in made.items()))
        except psycopg.ProgrammingError:
            _make_anew(connection, schema, made, kept)
        run(connection, f"grant select on all tables in schema {schema} to {READER}")


def _make_anew(connection: Connection, schema: str, made: Mapping[str, str], kept: str) -> None:
    for (view,) in fetch(connection, "select viewname from pg_views where schemaname = %s", schema):
        run(connection, f"alter view {name(schema, view)} rename to {name(f'{schema}_{view}'[:63])}")
        run(connection, f"alter view {name(schema, f'{schema}_{view}'[:63])} set schema {name(kept)}")
    run(connection, *(_statement("create", schema, view, query) for view, query in made.items()))


def _statement(verb: str, schema: str, view: str, query: str) -> str:
    # With the reader's own rights, so that row security holds here, too.
    return f"{verb} view {name(schema, view)} with (security_invoker = true) as {query}"


def _kpi_names(connection: Connection, language: str) -> dict[str, str]:
    query = f"select kpi, name_{language} from {MARTS}.kpi_catalog order by kpi, variant <> 'default', version"
    rows = connection.execute(query.encode()).fetchall()
    return {str(kpi): str(said) for kpi, said in reversed(rows)}


def _query(table: str, columns: Sequence[str], language: str, kpis: Mapping[str, str]) -> str:
    """The table's columns under their labels; where it has KPIs by code, their names, too."""
    taken: set[str] = set()
    parts = []
    for column in columns:
        label = label_of(column, language, kpis)
        label = column if label in taken or len(label.encode()) > 63 else label
        taken.add(label)
        parts.append(f"own.{name(column)} as {name(label)}")
    source = f"{name(MARTS, table)} as own"
    if not (kpis and {"kpi", "variant"} <= set(columns)):
        return f"select {', '.join(parts)} from {source}"
    version = "own.kpi_version" if "kpi_version" in columns else "1"
    # A variant that the catalogue names {column} stands for one variant per value of that column.
    said = f"coalesce(named.name_{language}, family.name_{language} || ' · ' || own.variant, own.kpi)"
    return (
        f"select {said} as {name(_KPI[language])}, {', '.join(parts)} from {source} "
        f"left join {MARTS}.kpi_catalog as named on named.kpi = own.kpi and named.variant = own.variant and named.version = {version} "
        f"left join (select distinct on (kpi, version) * from {MARTS}.kpi_catalog where starts_with(variant, '{{') order by kpi, version) "
        f"as family on family.kpi = own.kpi and family.version = {version} and named.kpi is null"
    )
