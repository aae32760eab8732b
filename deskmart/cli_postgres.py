"""`deskmart postgres`: the serving PostgreSQL, one of the home's own, and logins for BI tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deskmart.cli_end import end
from deskmart.console import console
from deskmart.errors import ServingError, UsageError
from deskmart.settings import Settings, load_settings

out = console()
Home = Annotated[Path | None, typer.Option("--home", help="Where all state lives; default DESKMART_HOME or ./data.")]

postgres = typer.Typer(
    no_args_is_help=True,
    help="The PostgreSQL that BI tools read: bring what is published into it, start one of your own, make logins.",
)


@postgres.command()
def start(home: Home = None, port: Annotated[int, typer.Option(help="On loopback; 0 for any free one.")] = 0) -> None:
    """Start a PostgreSQL of this home's own on loopback and bring what is published into it; every later run does so, too."""
    from serving.postgres import local

    settings = load_settings(home)
    local.start(local.folder_of(settings.home), port)
    _publish(settings)


@postgres.command()
def stop(home: Home = None) -> None:
    """Stop the home's own PostgreSQL."""
    from serving.postgres import local

    was_running = local.stop(local.folder_of(load_settings(home).home))
    out.print("stopped" if was_running else "none was running")


@postgres.command()
def publish(home: Home = None) -> None:
    """Bring what is published into PostgreSQL now, for instance after it was down."""
    _publish(load_settings(home))


@postgres.command()
def status(home: Home = None) -> None:
    """Where it is, and which publish it shows."""
    from serving.postgres.serve import reachable

    out.print(reachable(load_settings(home)), soft_wrap=True)


@postgres.command()
def login(
    name: Annotated[str, typer.Argument(help="Of the login, such as metabase; one that is there gets a new password.")],
    team: Annotated[
        list[str] | None, typer.Option("--team", help="With team_security: sees the agents of this team only; may be repeated.")
    ] = None,
    home: Home = None,
) -> None:
    """Make a login that reads the marts and nothing else; its password is shown once."""
    from serving.postgres.roles import make_login
    from serving.postgres.security import give_teams
    from serving.postgres.serve import address_of
    from serving.postgres.server import publisher, server_of

    settings = load_settings(home)
    if not (address := address_of(settings)):
        raise _unconfigured()
    if team and not settings.serving.team_security:
        raise UsageError("row security by team is off", todo="set team_security = true in [serving] first, and publish")
    with publisher(address) as connection:
        password = make_login(connection, name)
        give_teams(connection, name, team or ())
    out.print(f"{server_of(address)}\nlogin     {name}\npassword  {password}", soft_wrap=True, highlight=False)
    out.print("The password is not kept anywhere: note it now. Schema: marts.")


def _publish(settings: Settings) -> None:
    from deskmart import pipeline
    from serving.postgres.serve import address_of, reachable

    if not address_of(settings):
        raise _unconfigured()
    outcome = pipeline.Outcome()
    pipeline.serve(settings, outcome)
    if not outcome.errors:
        out.print(reachable(settings), soft_wrap=True)
        out.print("next: deskmart postgres login NAME")
    end(outcome)


def _unconfigured() -> ServingError:
    return ServingError(
        "no PostgreSQL is configured", source="postgres", todo="set DESKMART_POSTGRES_URL, or run `deskmart postgres start`"
    )
