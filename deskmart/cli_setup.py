"""Setting up and keeping an eye on a home: init, doctor, status."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from deskmart.console import console
from deskmart.settings import load_settings

out = console()
Home = Annotated[Path | None, typer.Option("--home", help="Where all state lives; default DESKMART_HOME or ./data.")]
Json = Annotated[bool, typer.Option("--json", help="Plain values instead of words, for scripts.")]
_MARKS = {"ok": "[green]ok  [/]", "note": "[yellow]note[/]", "fail": "[red]FAIL[/]"}


def init(
    home: Home = None,
    source: Annotated[
        list[str] | None, typer.Option("--source", "-s", help="Switch this source's section on; may be repeated.")
    ] = None,
    timezone: Annotated[str, typer.Option("--timezone", help="Of the site, such as Asia/Taipei.")] = "",
) -> None:
    """Write a commented configuration with every setting there is; one that is there is left alone."""
    from deskmart.setup import first_steps, write_config

    settings = load_settings(home)
    path, is_new = write_config(settings.home, source or (), timezone)
    out.print(f"{'wrote' if is_new else 'left as it is:'} {path}", soft_wrap=True)
    for number, step in enumerate(first_steps(load_settings(home)), start=1):
        out.print(f"{number}. {escape(step)}", soft_wrap=True)


def doctor(home: Home = None, as_json: Json = False) -> None:
    """Check everything a run needs: each check says what it found, what that is for, and what to do when it is not well.

    Exit code 1 when something is not well; a note is none.
    """
    from deskmart.setup import checks

    found = []
    for check in checks(load_settings(home)):
        found.append(check)
        if as_json:
            continue
        out.print(f"{_MARKS[check.level]} {check.name}: {escape(check.found)}", soft_wrap=True)
        if check.level != "ok":
            out.print(f"     {check.why}\n     → {escape(check.todo)}", soft_wrap=True)
    failed = sum(check.level == "fail" for check in found)
    if as_json:
        typer.echo(json.dumps([asdict(check) for check in found], ensure_ascii=False, indent=1))
    else:
        notes = sum(check.level == "note" for check in found)
        out.print(f"\n{len(found)} checks: {failed} failed, {notes} notes" + ("" if failed else "; next: deskmart status"))
    raise typer.Exit(1 if failed else 0)


def status(home: Home = None, as_json: Json = False) -> None:
    """What readers see, and per source and stream how far it has told everything, what came of it, and what to do next."""
    from deskmart.alerting.telling import open_alerts, waiting
    from deskmart.status import age, next_steps, seen, streams

    settings, now = load_settings(home), datetime.now(UTC)
    found, published, wrong = streams(settings, now), seen(settings), open_alerts(settings)
    steps = next_steps(settings, found, published)
    if as_json:
        whole = {"published": asdict(published) if published else None, "streams": [asdict(one) for one in found], "next": steps}
        typer.echo(json.dumps({**whole, "alerts": [asdict(one) for one in wrong]}, ensure_ascii=False, indent=1, default=str))
        return
    if published:
        as_of = published.as_of.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M") if published.as_of else "–"
        versions = f"{published.kept} version{'s' if published.kept > 1 else ''} kept"
        out.print(
            f"readers see {published.publish_id}, published {age(published.published_at, now)} ago: everything up to {as_of}; {versions}"
        )
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    counts = ("accepted", "quarantined", "stopped", "waiting", "landed ago")
    for column in ("source", "stream", "covered until", "last batch", *counts):
        table.add_column(column, justify="right" if column in counts else "left", no_wrap=column != "last batch", overflow="fold")
    for one in found:
        until = one.covered_until.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M") if one.covered_until else "–"
        until += " (gap)" if one.gaps else ""
        table.add_row(
            one.source, one.stream, f"[red]{until}[/]" if one.is_behind or one.gaps else until, one.last_batch, f"{one.accepted:,}",
            f"{one.quarantined:,}", *(f"[red]{n}[/]" if n else "" for n in (one.stopped, one.waiting)), age(one.landed_at, now),
        )  # fmt: skip
    out.print(table if found else "nothing was landed in this home yet")
    if wrong:
        out.print(f"{len(wrong)} alerts are open: deskmart alerts list")
    if left := len(waiting(settings)):
        out.print(f"{left} alerts could not be sent yet: deskmart alerts test")
    for step in steps:
        out.print(f"next: {escape(step)}", soft_wrap=True)
