"""Commands about personal data: erasing a customer, retention, a new token key."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deskmart.cli_end import end
from deskmart.console import console
from deskmart.settings import Settings, load_settings

if TYPE_CHECKING:
    from deskmart.erasure import Erased

out = console()
Home = Annotated[Path | None, typer.Option("--home", help="Where all state lives; default DESKMART_HOME or ./data.")]


def add_privacy(app: typer.Typer) -> None:
    """Add these commands to the application."""
    for command in (erase, retire):
        app.command()(command)


def erase(
    who: Annotated[
        str, typer.Argument(help="A token or an identifier; - reads it from standard input (the process list shows arguments).")
    ],
    by: Annotated[str, typer.Option("--by", help="Who does this; stands in the ledger.")],
    kind: Annotated[str, typer.Option("--kind", help="What the identifier is: phone, email, order, zendesk_user ...")] = "",
    request: Annotated[str, typer.Option("--request", help="Your number of the request; default a new one.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
) -> None:
    """Erase a customer everywhere without moving a number; there is no way back."""
    from deskmart.erasure import erase as erase_person
    from expectations.persons import person_of

    settings = load_settings(home)
    person = person_of(sys.stdin.readline() if who == "-" else who, settings, kind)
    if not person.is_linked:
        out.print("no build has linked identifiers yet: only what you named is erased, not the customer's other identifiers")
    if not yes and not typer.confirm(f"erase a customer with {len(person.tokens)} identifiers for good?", err=True):
        raise typer.Exit(1)
    _tell(erase_person(person, settings, by, request), settings)


def _tell(done: Erased, settings: Settings) -> None:
    from deskmart import pipeline

    out.print(
        f"request {done.request_id}: {done.tokens} identifiers; {done.records} records in {done.attempts} attempts became tombstones"
        f" or surrogates; {len(done.versions)} kept publishes rewritten",
        soft_wrap=True,
    )
    for words, names in (
        ("not through the gate yet, so the next maintenance takes it", done.waiting),
        ("still holds it, and is yours to take away: inbox", done.inbox),
        ("a token still stands in", done.leftovers),
    ):
        for name in names:
            out.print(f"{words}: {name}", soft_wrap=True, markup=False)
    out.print(
        "the source system has its own copy: erase it there, too\nnext: deskmart build · deskmart publish · deskmart audit verify"
    )
    outcome = pipeline.Outcome()
    pipeline.serve(settings, outcome)
    if done.leftovers:
        raise typer.Exit(1)
    end(outcome)


def retire(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    home: Home = None,
) -> None:
    """Remove raw bytes whose retention is over (landing_days, quarantine_days), and take out again who was erased."""
    from deskmart.erasure import sweep
    from deskmart.retention import raw_reaches_back_to, retire_raw

    settings = load_settings(home)
    done = retire_raw(settings, dry_run=dry_run)
    verb = "would go" if dry_run else "went"
    out.print(
        f"landing older than {settings.landing_days} days: {done.landing} attempts {verb}; {done.kept} stay, not validated yet"
    )
    out.print(f"quarantine older than {settings.quarantine_days} days: {done.quarantine} records' bytes {verb}")
    if not dry_run:
        again = sweep(settings)
        out.print(f"customers erased before: {again.records} records came again and were taken out")
    reach = raw_reaches_back_to(settings)
    out.print(
        f"raw bytes, and so re-validation and trace to bytes, reach back to {reach:%Y-%m-%d}"
        if reach
        else "there are no raw bytes"
    )
