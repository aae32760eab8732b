"""`deskmart quarantine`: what was refused, and the ways out of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from deskmart.console import console
from deskmart.errors import UsageError
from deskmart.settings import load_settings
from expectations.approval import Approval

quarantine = typer.Typer(no_args_is_help=True, help="What was refused, and why.")
out = console()
Home = Annotated[Path | None, typer.Option("--home", help="Where all state lives; default DESKMART_HOME or ./data.")]
Name = Annotated[str, typer.Argument(help="A record's id, source/stream/batch/attempt, source/stream/batch or source/stream.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; stands in the ledger for good, so no customer's data.")]
By = Annotated[str, typer.Option("--by", help="Your name.")]
Second = Annotated[str, typer.Option("--second", help="The name of the other person who looked at it.")]


@quarantine.command("list")
def quarantine_list(
    source: Annotated[str, typer.Option(help="Only this source.")] = "",
    stream: Annotated[str, typer.Option(help="Only this stream.")] = "",
    show_all: Annotated[bool, typer.Option("--all", help="Also what was waived, and what a later reading replaced.")] = False,
    records: Annotated[bool, typer.Option("--records", help="One line per record, with its id.")] = False,
    home: Home = None,
) -> None:
    """Refused records by source, stream and reason."""
    from expectations.quarantine import list_heaps, list_refusals

    settings = load_settings(home)
    if records:
        for one in list_refusals(settings, source, stream, only_open=not show_all):
            typer.echo(f"{one.id}\t{one.status}\t{'; '.join(one.reasons)}")
        return
    table = Table()
    for column in ("source", "stream", "reason", "records", "first seen", "age", "attempt"):
        table.add_column(column, justify="right" if column in ("records", "age") else "left", overflow="fold")
    heaps = list_heaps(settings, source, stream, only_open=not show_all)
    for heap in heaps:
        notes = [note for note, is_so in (("batch stopped", heap.is_stopped), (heap.status, heap.status != "open")) if is_so]
        place = f"{heap.batch}/{heap.attempt}" + (f" ({', '.join(notes)})" if notes else "")
        age = f"{(datetime.now(UTC) - heap.first_seen).days} d"
        table.add_row(
            heap.source, heap.stream, escape(heap.reason), f"{heap.records:,}", str(heap.first_seen)[:10], age, escape(place)
        )
    out.print(table if heaps else "nothing is open in quarantine")
    if heaps:
        out.print(
            "next: deskmart quarantine show NAME · release NAME · waive NAME (source/stream[/batch/attempt[/page/position]])",
            markup=False,
        )


@quarantine.command("ageing")
def quarantine_ageing(home: Home = None) -> None:
    """How long records have been waiting in quarantine, per source and stream."""
    from expectations.ageing import AGES, ageing

    found = ageing(load_settings(home), datetime.now(UTC))
    table = Table()
    for column in ("source", "stream", "open", *AGES, "oldest"):
        table.add_column(column, justify="left" if column in ("source", "stream") else "right")
    for one in found:
        table.add_row(one.source, one.stream, f"{one.records:,}", *(f"{count:,}" for count in one.by_age), f"{one.oldest_days} d")
    out.print(table if found else "nothing is open in quarantine")


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


@quarantine.command("release")
def quarantine_release(
    name: Name,
    reason: Reason,
    by: By,
    second: Second,
    only: Annotated[str, typer.Option("--only", help="Only records refused for this reason.")] = "",
    home: Home = None,
) -> None:
    """Let refused records back in that pass the rules of today; of a stopped batch, let the batch pass.

    Exit code 3 when some are still refused.
    """
    from expectations.ways_out import release_named

    left = 0
    for line in release_named(load_settings(home), name, Approval(reason, by, second), only):
        left += line.is_left
        out.print(line.text, soft_wrap=True, markup=False)
    out.print("next: deskmart build · deskmart publish")
    raise typer.Exit(3 if left else 0)


@quarantine.command("waive")
def quarantine_waive(
    name: Name,
    reason: Reason,
    by: By,
    second: Second,
    only: Annotated[str, typer.Option("--only", help="Only records refused for this reason.")] = "",
    home: Home = None,
) -> None:
    """Give refused records up: they stay out, and no longer count as open. Of a stopped batch, give up the whole batch."""
    from expectations.ways_out import waive_named

    for line in waive_named(load_settings(home), name, Approval(reason, by, second), only):
        out.print(line.text, soft_wrap=True, markup=False)
