"""`deskmart validate --preview`: what the rules of today would do to what was judged by earlier ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import typer
from rich.table import Table

from deskmart.console import console
from deskmart.settings import Settings
from expectations.preview import Preview, preview

out = console()
_MOST_IDS = 20


def show_preview(settings: Settings, sources: Sequence[str]) -> None:
    """Print what would flip, by stream and reason, with the first records of it; nothing is written."""
    found = list(preview(settings, sources))
    for one in found:
        if one.failed:
            typer.echo(f"{one.attempt}: cannot be judged anew: {one.failed}", err=True)
        if one.stopped:
            out.print(f"{one.attempt}: would be stopped: {one.stopped}", soft_wrap=True, markup=False)
    if any(one.flips for one in found):
        out.print(_table(found))
        for flip in [flip for one in found for flip in one.flips][:_MOST_IDS]:
            out.print(f"{flip.id}: {flip.before} → {flip.after}  {'; '.join(flip.reasons)}", soft_wrap=True, markup=False)
        out.print("next: deskmart validate --again judges these attempts by the rules of today")
    elif found:
        out.print(f"{len(found)} attempts were judged by other rules; no record would flip")
    else:
        out.print("every attempt was judged by the rules of today")


def _table(found: Sequence[Preview]) -> Table:
    counts = Counter(
        (one.source, one.stream, flip.before, flip.after, reason)
        for one in found
        for flip in one.flips
        for reason in flip.reasons or ("",)
    )
    table = Table(title="What would flip", title_justify="left")
    for column in ("source", "stream", "from", "to", "reason", "records"):
        table.add_column(column, justify="right" if column == "records" else "left", overflow="fold")
    for (*texts, reason), count in sorted(counts.items()):
        table.add_row(*texts, reason, f"{count:,}")
    return table
