"""How a command that ran the pipeline ends: what was not done, told, and the exit code that belongs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from deskmart.pipeline import Outcome


def end(outcome: Outcome) -> NoReturn:
    """A line for each error and each thing of others that hangs on replaced tables; exit code 3 after errors, else 0."""
    for line in outcome.served.kept if outcome.served else ():
        typer.echo(f"note: {line}", err=True)
    for error in outcome.errors.values():
        typer.echo(f"deskmart: {error}", err=True)
    raise typer.Exit(3 if outcome.errors else 0)
