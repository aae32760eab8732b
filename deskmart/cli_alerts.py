"""`deskmart alerts`: what is wrong, and whether telling it works."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from deskmart.console import console
from deskmart.errors import AlertError, SettingsError
from deskmart.settings import load_settings

out = console()
Home = Annotated[Path | None, typer.Option("--home", help="Where all state lives; default DESKMART_HOME or ./data.")]
alerts = typer.Typer(no_args_is_help=True, help="What is wrong, told by e-mail and webhook: [alerts] in deskmart.toml.")


@alerts.command("check")
def check(
    send: Annotated[
        bool, typer.Option("--send", help="Also tell it, and what is over, as the DAG `watch` does every hour.")
    ] = False,
    home: Home = None,
) -> None:
    """Look for sources that are behind, stopped batches, KPIs outside their limits and a full disk.

    Exit code 3 when something is wrong.
    """
    from deskmart.alerting.watch import find, watch

    settings = load_settings(home)
    if send:
        wrong = watch(settings)
    else:
        found, errors = find(settings, datetime.now(UTC))
        wrong = found.alerts
        if errors:
            raise errors[0]
    for alert in wrong:
        out.print(f"[red]{alert.kind}[/]  {escape(alert.line(settings.alerts.language))}", soft_wrap=True)
    if not wrong:
        out.print("nothing is wrong")
    if not settings.alerts.channels:
        out.print("nobody is told: neither email_to nor webhook_url is set; see [alerts] in deskmart.toml")
    raise typer.Exit(3 if wrong else 0)


@alerts.command("list")
def list_open(home: Home = None) -> None:
    """What was told and is not over, and what is still to be sent."""
    from deskmart.alerting.telling import open_alerts, waiting

    settings = load_settings(home)
    table = Table()
    for column in ("since", "told last", "times", "kind", "what"):
        table.add_column(column, justify="right" if column == "times" else "left", overflow="fold")
    found = open_alerts(settings)
    for one in found:
        moments = [
            datetime.fromisoformat(text).astimezone(settings.zone).strftime("%m-%d %H:%M") for text in (one.since, one.told_at)
        ]
        table.add_row(*moments, str(one.times), one.kind, escape(one.line))
    out.print(table if found else "nothing is wrong as far as anybody was told")
    if left := len(waiting(settings)):
        out.print(f"{left} messages could not be sent yet; next: deskmart alerts test")


@alerts.command("close")
def close(
    key: Annotated[str, typer.Argument(help="Words of the alert's line, or its kind; all that hold them are closed.")],
    home: Home = None,
) -> None:
    """Close open alerts by hand, such as a failure whose DAG is gone."""
    from deskmart.alerting.telling import settle

    closed = settle(load_settings(home), lambda one: key == one.kind or key in one.line)
    out.print(f"closed {closed}")


@alerts.command("test")
def test(home: Home = None) -> None:
    """Send a test message by each channel that is set, and what could not be sent before."""
    from deskmart.alerting.message import message
    from deskmart.alerting.senders import send
    from deskmart.alerting.telling import flush
    from deskmart.alerting.words import TEXTS

    settings = load_settings(home)
    if not settings.alerts.channels:
        raise SettingsError(
            "no way to tell anybody is set", todo="set email_to and smtp_host of [alerts], or DESKMART_ALERTS_WEBHOOK_URL"
        )
    one = message("test", [TEXTS[settings.alerts.language]["test"]], settings, datetime.now(UTC))
    errors = []
    for channel in settings.alerts.channels:
        try:
            send(channel, one, settings.alerts)
            out.print(f"[green]sent[/]  {channel}")
        except AlertError as error:
            errors.append(error)
            out.print(f"[red]FAIL[/]  {channel}: {escape(str(error))}", soft_wrap=True)
    if errors:
        raise typer.Exit(1)
    if sent := flush(settings):
        out.print(f"{sent} messages of before went with it")
