"""`deskmart quarantine`: what was refused, and the ways out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from deskmart.console import console
from deskmart.errors import UsageError
from deskmart.settings import load_settings

quarantine = typer.Typer(no_args_is_help=True, help="What was refused, and why.")
out = console()
Home = Annotated[Path | None, typer.Option("--home", help="Where all state lives; default DESKMART_HOME or ./data.")]


@quarantine.command("list")
def quarantine_list(
    source: Annotated[str, typer.Option(help="Only this source.")] = "",
    stream: Annotated[str, typer.Option(help="Only this stream.")] = "",
    home: Home = None,
) -> None:
    """Refused records by source, stream and reason."""
    from expectations.quarantine import list_heaps

    table = Table()
    for column in ("source", "stream", "reason", "records", "first seen", "attempt"):
        table.add_column(column, justify="right" if column == "records" else "left", overflow="fold")
    heaps = list_heaps(load_settings(home), source, stream)
    for heap in heaps:
        place = f"{heap.batch}/{heap.attempt}" + (" (batch stopped)" if heap.is_stopped else "")
        table.add_row(heap.source, heap.stream, heap.reason, f"{heap.records:,}", str(heap.first_seen)[:10], place)
    out.print(table if heaps else "nothing is in quarantine")


@quarantine.command("show")
def quarantine_show(
    refusal: Annotated[str, typer.Argument(help="A record's id, or source/stream to see the first ones of it.")],
    clear: Annotated[bool, typer.Option("--clear", help="Do not mask personal data.")] = False,
    home: Home = None,
) -> None:
    """One refused record with every reason; masked unless asked."""
    from itertools import islice

    from expectations.quarantine import list_refusals, show

    settings = load_settings(home)
    ids = [refusal]
    if refusal.count("/") < 3:
        source, _, stream = refusal.partition("/")
        ids = [item.id for item in islice(list_refusals(settings, source, stream), 5)]
        if not ids:
            raise UsageError(f"nothing of {refusal!r} is in quarantine", todo="see `deskmart quarantine list`")
    for one in ids:
        found, payload = show(settings, one, in_clear=clear)
        out.print(f"{found.id}\n  {'; '.join(found.reasons)}", soft_wrap=True, markup=False)
        typer.echo(f"  {payload}")
