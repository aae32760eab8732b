"""Commands for BI tools: a local Superset with our dashboards, and the same put into a Metabase."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deskmart.console import console
from deskmart.settings import load_settings

out = console()
Home = Annotated[Path | None, typer.Option("--home", help="Where all state lives; default DESKMART_HOME or ./data.")]


def superset(
    home: Home = None,
    port: Annotated[int, typer.Option(help="Of Superset's pages.")] = 8088,
) -> None:
    """Apache Superset with our dashboards over the published marts, until Ctrl-C; `make superset` installs it first."""
    from serving.superset.start import start

    raise typer.Exit(start(load_settings(home), port=port))


def metabase(
    email: Annotated[str, typer.Option(help="Of Metabase's administrator, made where nobody has set Metabase up yet.")],
    url: Annotated[str, typer.Option(help="Where Metabase is.")] = "http://127.0.0.1:3000",
    database_host: Annotated[str, typer.Option(help="The PostgreSQL as Metabase reaches it, where that differs from here.")] = "",
    home: Home = None,
) -> None:
    """Put the marts, their descriptions and our dashboards into a Metabase; again: bring them up to date."""
    from serving.metabase.start import provision_over

    password = typer.prompt("password", hide_input=True)  # no option: other users of the machine would see it
    for address in provision_over(load_settings(home), url, email, password, database_host, out.print):
        out.print(address, soft_wrap=True)
