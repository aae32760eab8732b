"""The table of every KPI in docs/kpis.md: one row per KPI and variant, all of it out of the catalogue and the models."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from deskmart.freeze import PROJECT
from deskmart.kpi_words import CREDITED, DATED

Row = Mapping[str, str]
_HEAD = """\
## 全部指标一览 · Every KPI in one table

`#` counts the rows of the fact for which a flag holds, `Σ` sums an amount over them. *Additive over* names what both parts may be
summed over; a value never is. A KPI of the table is in `mart_kpi_daily`, `mart_kpi_weekly` and `mart_kpi_monthly`, and in the marts named.

| code | variant | 中文 | English | kind | 定义 | definition | formula | unit | dated by | credited to | scopes | additive over | source columns | further marts |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
"""


def kpi_table(catalogue: Sequence[Row]) -> str:
    """The section with its table. `KeyError` when a column of the catalogue has no words in `kpi_words`."""
    return _HEAD + "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in _cells(row))} |" for row in catalogue) + "\n"


def _cells(row: Row) -> Sequence[str]:
    return (
        f"[`{row['kpi']}`](#{row['kpi']})",
        f"`{row['variant']}`",
        row["name_zh"],
        row["name_en"],
        row["kind"],
        row["definition_zh"],
        row["definition_en"],
        _formula(row),
        row["unit"],
        DATED[row["date_column"]],
        CREDITED[row["agent_column"]],
        ", ".join(row["scopes"].split("|")),
        additive_over(row),
        _source(row),
        ", ".join(f"`{name}`" for name in _further_marts(row["kpi"])) or "–",
    )


def additive_over(row: Row) -> str:
    """What both parts of a KPI may be summed over, in words."""
    scopes = row["scopes"] if row["fact"] != "fct_contact_checks" else "channel|queue"
    members = [scope for scope in scopes.split("|") if scope != "company"]
    if row["kind"] == "distribution":
        return "nothing: ranked anew for each period and member"
    if row["kind"] == "stock":
        return f"members of {', '.join(members)}; not days" if members else "not days"
    return f"days, weeks, months; members of {', '.join(members)}" if members else "days, weeks, months"


def _formula(row: Row) -> str:
    above, below = row["numerator_column"], row["denominator_column"]
    if row["kind"] == "distribution":
        place = f"value at place ⌈{int(row['variant'][1:])} % of n⌉ of `{above}`"
        return f"{place} where `{below}`" if below else place
    if not below:
        return _sum(above)
    if _is_flag(below):
        return f"{_sum(above)} where `{below}` ÷ # `{below}`"
    return f"{_sum(above)} ÷ {_sum(below)}"


def _source(row: Row) -> str:
    columns = ("numerator_column", "denominator_column", "pending_column", "date_column", "channel_column", "queue_column")
    named = dict.fromkeys(row[name] for name in (*columns, "team_column", "agent_column") if row[name])
    return f"`{row['fact']}`: {', '.join(f'`{name}`' for name in named)}"


def _sum(column: str) -> str:
    return f"# `{column}`" if _is_flag(column) else f"Σ `{column}`"


def _is_flag(column: str) -> bool:
    return column.startswith(("is_", "has_"))


@cache
def _texts() -> Mapping[str, str]:
    """The SQL of the thematic marts, with the macros that name their KPIs."""
    macros = (PROJECT / "macros" / "kpi_columns.sql").read_text(encoding="utf-8")
    found = {}
    for path in sorted((PROJECT / "models" / "marts").glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        found[path.stem] = text + macros if "wide_columns()" in text else text
    return found


def _further_marts(kpi: str) -> list[str]:
    return [name for name, text in _texts().items() if re.search(rf"'{kpi}'", text)]
