"""Commands of the auditor: from a figure to its raw bytes, and figures recomputed at random."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from deskmart.console import console
from deskmart.settings import load_settings

if TYPE_CHECKING:
    from expectations.tracing.sample import Drawn
    from expectations.tracing.trace import Trace

out = console()
Home = Annotated[Path | None, typer.Option("--home", help="Where all state lives; default DESKMART_HOME or ./data.")]
_SIGNS = {"same": "green", "changed": "bold red", "missing": "bold red", "erased": "yellow", "removed": "yellow"}


def trace(
    mart: Annotated[str, typer.Argument(help="Such as mart_kpi_daily.")],
    key: Annotated[list[str] | None, typer.Argument(help="The row: column=value ..., or values in the order of the key.")] = None,
    rows: Annotated[int, typer.Option("--rows", help="How many fact rows and records to print; all are looked at.")] = 10,
    clear: Annotated[bool, typer.Option("--clear", help="Print the records' bytes as they are, not masked.")] = False,
    rules: Annotated[bool, typer.Option("--rules", help="Also every rule, with its sentence.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
    page: Annotated[Path | None, typer.Option("--page", help="Also write it as an HTML page (masked).")] = None,
    home: Home = None,
) -> None:
    """From a row of a mart to its fact rows, source records and raw bytes; what they passed, and the ledger's lines.

    Adds the fact rows up again, and hashes every record anew. Exit code 1 when the mart says something else than its rows, or a record's
    bytes are not what the gate judged.
    """
    from expectations.tracing.page import write_page
    from expectations.tracing.trace import trace as trace_it
    from expectations.tracing.view import as_json as plain_values

    found = trace_it(load_settings(home), mart, key or [])
    if page is not None:
        write_page(found, page)
    if as_json:
        typer.echo(json.dumps(plain_values(found, in_clear=clear), ensure_ascii=False, indent=1, default=str))
    else:
        _tell(found, rows, clear, rules)
        if page is not None:
            out.print(f"wrote {page}", soft_wrap=True)
    raise typer.Exit(0 if found.is_sound else 1)


def sample(
    seed: Annotated[int, typer.Option("--seed", help="Draws the rows; note it, and anybody can draw the same.")],
    rows: Annotated[int, typer.Option("--rows", help="How many rows of marts to draw.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="The rows as JSON.")] = False,
    home: Home = None,
) -> None:
    """Draw rows of marts at random, trace them, add them up again, make their records again from the raw bytes.

    Exit code 1 on any difference.
    """
    from expectations.tracing.sample import sample as draw

    settings = load_settings(home)
    with out.status("drawing") as status:
        drawn = draw(settings, seed, rows, lambda done: status.update(f"row {done + 1} of {rows}"))
    if as_json:
        typer.echo(json.dumps([_drawn_json(one) for one in drawn], ensure_ascii=False, indent=1))
    else:
        table = _table(f"Seed {seed}", "row", "#figures", "#fact rows", "#records", "#made again", "")
        for one in drawn:
            counts = (len(one.trace.figures), len(one.trace.fact_rows), len(one.trace.raw), one.remade)
            verdict = Text("; ".join(one.differences[:5]), "bold red") if one.differences else Text("agrees", "green")
            table.add_row(Text(one.name), *map(str, counts), verdict)
        out.print(table)
        differing = sum(bool(one.differences) for one in drawn)
        out.print(f"{len(drawn) - differing} of {len(drawn)} rows agree; to look into one: deskmart audit trace MART KEY...")
    raise typer.Exit(1 if any(one.differences for one in drawn) else 0)


def _drawn_json(one: Drawn) -> dict[str, Any]:
    return {
        "mart": one.trace.mart.mart,
        "key": {name: str(value) for name, value in one.trace.mart.key.items()},
        "figures": len(one.trace.figures),
        "fact_rows": len(one.trace.fact_rows),
        "records": len(one.trace.raw),
        "made_again": one.remade,
        "differences": list(one.differences),
        "reach": list(one.trace.reach),
    }


def _tell(found: Trace, rows: int, in_clear: bool, each_rule: bool) -> None:
    _line(" ".join([found.mart.mart, *(f"{name}={value}" for name, value in found.mart.key.items())]), "bold")
    _line(f"build {found.build_id}, published as {found.publish_id}")
    _figures(found)
    for difference in found.differences:
        _line(difference, "bold red")
    _facts(found, rows)
    _records(found, rows, in_clear)
    _rules(found, each_rule)
    _ledger(found)
    for sentence in found.reach:
        _line(f"reach: {sentence}", "yellow")
    _line(
        "sound: figures and bytes agree" if found.is_sound else "NOT SOUND: see above", "green" if found.is_sound else "bold red"
    )


def _line(text: str, style: str = "") -> None:
    out.print(Text(text, style=style), soft_wrap=True)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for column in columns:
        table.add_column(column.lstrip("#"), justify="right" if column.startswith("#") else "left", overflow="fold")
    return table


def _figures(found: Trace) -> None:
    from expectations.tracing.view import sums

    table = _table(
        "Figures, added up again from the fact rows", "KPI", "days", "of the fact", "sum", "#sample", "#pending", "mart"
    )
    for one in found.figures:
        figure, rules = one.figure, one.catalogue
        days = str(figure.first) if figure.first == figure.last else f"{figure.first} – {figure.last}"
        columns = " / ".join(name for name in ([rules[-1].numerator, rules[-1].denominator] if rules else []) if name)
        source = f"{rules[-1].fact} by {rules[-1].date_column}: {columns} (version {rules[-1].version})" if rules else ""
        says = Text("; ".join(one.differences), "bold red") if one.differences else Text("says the same", "green")
        table.add_row(Text(figure.name), days, Text(source), sums(one), str(one.parts.sample), str(one.parts.pending), says)
    out.print(table)


def _facts(found: Trace, rows: int) -> None:
    from expectations.tracing.figures import plain
    from expectations.tracing.view import shown

    facts = found.fact_rows
    if not facts:
        return
    table = _table(
        f"Fact rows ({min(rows, len(facts))} of {len(facts)})", "fact", "row", "day", "#above", "#below", "#pending", ""
    )
    for row in facts[:rows]:
        tail = f"{shown(row)}{' · taken out by an adjustment' if row.adjusted_out else ''}"
        adds = row.adds
        below = "" if adds.denominator is None else plain(adds.denominator)
        table.add_row(row.fact, Text(row.key), str(row.on), plain(adds.numerator), below, str(adds.pending), Text(tail))
    out.print(table)


def _records(found: Trace, rows: int, in_clear: bool) -> None:
    from expectations.tracing.view import payload

    if not found.raw:
        return
    title = f"Source records ({min(rows, len(found.raw))} of {len(found.raw)}), hashed anew from the raw bytes"
    table = _table(title, "landing file", "#page", "#position", "sha256", "state", "bytes" if in_clear else "bytes (masked)")
    for proof in sorted(found.raw, key=lambda one: one.is_sound)[:rows]:
        text = payload(proof, in_clear=in_clear)
        sign = Text(proof.state + (f": {proof.message}" if proof.message else ""), _SIGNS[proof.state])
        sha256 = (proof.sha256 or proof.address.sha256)[:12]
        table.add_row(Text(proof.file), str(proof.address.page), str(proof.address.position), sha256, sign, Text(text[:160]))
    out.print(table)


def _rules(found: Trace, each_rule: bool) -> None:
    if not found.rules:
        return
    table = _table(
        "Rules their batches passed", "attempt", "#rules", "#landed", "#accepted", "#quarantined", "rules version", "result"
    )
    for one in found.rules:
        counts = [str(one.counts.get(name, "?")) for name in ("landed", "accepted", "quarantined")]
        table.add_row(Text(one.attempt), str(len(one.rules)), *counts, one.rules_version, Text(one.message or one.file))
    out.print(table)
    for one in found.rules if each_rule else ():
        each = _table(f"Rules of {one.attempt}", "code", "severity", "#judged rows", "#broken rows", "what it says")
        for rule in one.rules:
            judged = [str(rule[name]) if rule[name] is not None else "–" for name in ("judged_rows", "broken_rows")]
            each.add_row(rule["code"], rule["severity"], *judged, Text(f"{rule['en']} {rule['zh']}"))
        out.print(each)


def _ledger(found: Trace) -> None:
    table = _table("Ledger", "#line", "at", "step", "subject", "hash")
    for line in found.lines:
        number = "not sealed yet" if line.number is None else str(line.number)
        table.add_row(number, line.at[:19], line.step, Text(line.subject), line.hash[:12])
    out.print(table)
