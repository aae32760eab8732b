"""`deskmart scorecard`: closing months."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from deskmart.console import console
from deskmart.errors import UsageError
from deskmart.settings import load_settings

scorecard = typer.Typer(no_args_is_help=True, help="Months that are closed, and their figures.")
out = console()
Home = Annotated[Path | None, typer.Option("--home", help="Where all state lives; default DESKMART_HOME or ./data.")]


@scorecard.command()
def close(
    month: Annotated[str, typer.Argument(help="The month, YYYY-MM; it must have ended 10 days ago.")],
    by: Annotated[str, typer.Option("--by", help="Your name; it stands beside every figure.")],
    at: Annotated[str, typer.Option("--at", help="As of this local moment, YYYY-MM-DDTHH:MM; default now.")] = "",
    home: Home = None,
) -> None:
    """Freeze a month's KPIs and scorecards; what changes later stands beside them as a restatement."""
    from deskmart.closing import close_month

    settings = load_settings(home)
    try:
        moment = datetime.fromisoformat(at).replace(tzinfo=settings.zone) if at else None
    except ValueError:
        raise UsageError(f"--at {at!r} is no moment", todo="write YYYY-MM-DDTHH:MM") from None
    with out.status(f"computing {month} from what was known then"):
        done = close_month(settings, month, by, moment)
    out.print(f"closed {done.month}: {done.figures:,} figures, by {done.closed_by}")
    if done.unsettled:
        out.print(f"{done.unsettled:,} of them have not settled: their outcome will come as a restatement")
    out.print("next: deskmart build · deskmart publish")


@scorecard.command("list")
def list_closings(home: Home = None) -> None:
    """The closed months."""
    from deskmart.closing import closings

    settings = load_settings(home)
    for item in closings(settings):
        moment = item.closed_at.astimezone(settings.zone)
        out.print(f"{item.month}  closed {moment:%Y-%m-%d %H:%M} by {item.closed_by}: {item.figures:,} figures")
