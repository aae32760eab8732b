"""dbt's doc blocks of the KPI columns, made from the catalogue: what a KPI and each of its two parts is, said once for every mart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from deskmart.freeze import PROJECT
from deskmart.kpi_glossary import Row, seed
from deskmart.kpi_table import additive_over

KPI_DOCS = PROJECT / "models" / "docs_kpis.md"
_UNITS: Mapping[str, str] = {"rate": "Rate, 0 to 1", "score": "From −1 to 1", "money": "In money of one currency"}


def kpi_docs() -> str:
    """One block per KPI and variant, `kpi_<code>` or `kpi_<code>_<variant>`; ratios have `_numerator` and `_denominator` besides."""
    blocks: dict[str, str] = {}
    for row in seed("kpi_catalog"):
        for name, text in _blocks(row):
            blocks.setdefault(name, text)
    return "\n".join(f"{{% docs {name} %}}{text}{{% enddocs %}}" for name, text in blocks.items())


def _blocks(row: Row) -> Iterator[tuple[str, str]]:
    own = row["variant"] != "default" and not row["variant"].startswith("{")
    name = f"kpi_{row['kpi']}{'_' + row['variant'] if own else ''}"
    called = f"{row['kpi']}{', variant ' + row['variant'] if own else ''}"
    unit = _UNITS.get(row["unit"], f"In {row['unit']}")
    null = " Null where the denominator is 0." if row["denominator_column"] else ""
    yield name, f"{row['name_en']} {row['name_zh']}: {row['definition_en']}. {unit}.{null}"
    if row["denominator_column"] and row["kind"] != "distribution":
        fact, above, below = row["fact"], row["numerator_column"], row["denominator_column"]
        over = f"May be summed over {additive_over(row)}."
        yield f"{name}_numerator", f"Numerator of {called}: {_amount(fact, above)}, of rows that are in the denominator. {over}"
        yield f"{name}_denominator", f"Denominator of {called}: {_amount(fact, below)}. {over}"


def _amount(fact: str, column: str) -> str:
    return f"rows of {fact} with {column}" if column.startswith(("is_", "has_")) else f"sum of {column} of {fact}"
