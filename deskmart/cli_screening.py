"""Commands about screening: how well the rules find what they should, and looking at the accepted texts again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from deskmart.console import console
from deskmart.settings import load_settings

out = console()
Home = Annotated[Path | None, typer.Option("--home", help="Where all state lives; default DESKMART_HOME or ./data.")]


def screening(
    labelled: Annotated[Path | None, typer.Option(help="A labelled set; default the one of this repository.")] = None,
    misses: Annotated[bool, typer.Option("--misses", help="Also the labelled messages that a rule got wrong.")] = False,
) -> None:
    """Precision and recall of every screening rule on a labelled set of messages."""
    from expectations.screening_quality import LABELLED, measured

    quality = measured(labelled or LABELLED)
    table = Table(title=f"{quality.messages} labelled messages ({quality.languages})")
    for column in ("rule", "labelled", "found", "right", "precision", "recall"):
        table.add_column(column, justify="left" if column == "rule" else "right")
    for score in quality.scores:
        precision, recall = score.precision, score.recall
        table.add_row(
            score.rule,
            *(str(number) for number in (score.labelled, score.found, score.right)),
            *("–" if share is None else f"{share:.3f}" for share in (precision, recall)),
        )
    out.print(table)
    if misses:
        for line in quality.misses:
            out.print(line, markup=False, soft_wrap=True)


def rescreen(home: Home = None) -> None:
    """Screen the accepted texts again whose markers are missing or of older rules, as far back as their raw bytes reach."""
    from expectations.rescreening import rescreen_outdated

    done = rescreen_outdated(load_settings(home))
    screened, beyond = sum(one.screened for one in done), sum(one.out_of_reach for one in done)
    out.print(f"{len(done)} attempts, {screened:,} texts screened; {beyond:,} out of reach (their raw bytes are gone)")
    out.print("next: deskmart build")
