"""The command line: everything the DAGs do, without Airflow.

Exit codes: 0 done, 1 failed, 2 bad usage, 3 done in part (some source could not be read).
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from deskmart.batch import Interval
from deskmart.cli_end import end
from deskmart.cli_publish import publish
from deskmart.console import console
from deskmart.errors import DeskmartError, SettingsError, UsageError
from deskmart.settings import Settings, load_settings

if TYPE_CHECKING:
    from deskmart.pipeline import Outcome

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A warehouse of customer-service KPIs: land, validate, build, audit, publish.",
    epilog="Exit codes: 0 done · 1 failed · 2 bad usage · 3 done in part (some source is stale).",
)
out = console()

Home = Annotated[Path | None, typer.Option("--home", help="Where all state lives; default DESKMART_HOME or ./data.")]
Since = Annotated[str, typer.Option("--since", help="First local day, YYYY-MM-DD.")]
Until = Annotated[str, typer.Option("--until", help="First local day that is not wanted any more (exclusive).")]
Sources = Annotated[list[str] | None, typer.Option("--source", "-s", help="Only this source; may be repeated.")]


def main() -> None:
    """The entry point: one line per expected error, and the exit code that belongs to it."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", stream=sys.stderr)
    try:
        whole_app()()
    except (UsageError, SettingsError) as error:
        typer.echo(f"deskmart: {error}", err=True)
        raise SystemExit(2) from None
    except DeskmartError as error:
        typer.echo(f"deskmart: {error}", err=True)
        raise SystemExit(1) from None


@cache
def whole_app() -> typer.Typer:
    """With the commands that other modules declare; these are added once, for each call would add them again."""
    from deskmart.cli_look import look

    look(app)
    return app


def interval_of(settings: Settings, since: str, until: str) -> Interval:
    """The asked local days; `UsageError` for a text that is no date, and for days that lie in the future."""
    days = []
    for name, text in (("--since", since), ("--until", until)):
        try:
            days.append(date.fromisoformat(text))
        except ValueError:
            raise UsageError(f"{name} {text!r} is no date", todo="write YYYY-MM-DD") from None
    interval = Interval.of_days(days[0], days[1], settings.zone)
    if interval.since >= datetime.now(UTC):
        raise UsageError(f"--since {since} lies in the future", todo="ask for days that have passed")
    return interval


@app.command()
def run(since: Since, until: Until, source: Sources = None, home: Home = None) -> None:
    """Land, validate, build, audit and publish."""
    from deskmart import pipeline

    settings = load_settings(home)
    interval = interval_of(settings, since, until)
    with out.status("starting") as status:
        outcome = pipeline.run(settings, interval, source, on_stage=status.update)
    _tell(outcome)
    end(outcome)


@app.command()
def ingest(since: Since, until: Until, source: Sources = None, home: Home = None) -> None:
    """Land raw pages and files, exactly as they were sent."""
    from deskmart import pipeline

    settings = load_settings(home)
    interval = interval_of(settings, since, until)
    failed = 0
    for item in pipeline.chosen_sources(settings, source):
        try:
            attempts = pipeline.land_source(item, settings, interval)
            out.print(f"{item.name}: {len(attempts)} batches, {sum(len(a.manifest['pages']) for a in attempts)} pages landed")
        except DeskmartError as error:
            failed += 1
            typer.echo(f"deskmart: {error}", err=True)
    out.print("next: deskmart validate")
    raise typer.Exit(3 if failed else 0)


@app.command()
def validate(
    source: Sources = None,
    home: Home = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only show what changed rules would flip.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also judge anew what was judged by earlier rules.")] = False,
) -> None:
    """Bring what was landed through the gate: accepted, quarantined, duplicates, outside."""
    from deskmart import pipeline

    settings = load_settings(home)
    if preview:
        from deskmart.cli_preview import show_preview

        show_preview(settings, source or ())
        return
    outcome = pipeline.Outcome()
    for item in pipeline.chosen_sources(settings, source):
        try:
            attempts = pipeline.waiting_attempts(item, settings, again=again)
            outcome.admissions += pipeline.validate_attempts(attempts, settings)
        except DeskmartError as error:
            outcome.errors[item.name] = error
    _tell(outcome)
    out.print("next: deskmart build")
    end(outcome)


@app.command()
def build(
    home: Home = None, force: Annotated[bool, typer.Option("--force", help="Build although nothing is new.")] = False
) -> None:
    """Freeze the inputs and build a candidate warehouse with dbt."""
    from deskmart.build import build as build_candidate

    done = build_candidate(load_settings(home), force=force)
    if done.is_new:
        out.print(f"built {done.build_id}: {done.models} models, {done.tests} tests\nnext: deskmart publish")
    else:
        out.print("nothing new since the last publish; --force builds all the same")


app.command()(publish)


@app.command()
def demo(
    home: Home = None,
    days: Annotated[int, typer.Option(help="Days of the pretend shop.")] = 30,
    contacts_per_day: Annotated[int, typer.Option(help="Contacts a day.")] = 670,
) -> None:
    """The whole thing on a pretend shop, through the real DAGs."""
    from deskmart.demo import demo as run_demo

    raise typer.Exit(run_demo(load_settings(home).home, days=days, contacts_a_day=contacts_per_day))


@app.command()
def up(
    home: Home = None,
    port: Annotated[int, typer.Option(help="Of Airflow's pages.")] = 8080,
    shop: Annotated[
        bool | None, typer.Option("--shop/--no-shop", help="Serve a pretend shop; default: where no source is configured.")
    ] = None,
) -> None:
    """Airflow with every DAG switched on, until Ctrl-C."""
    from deskmart.up import up as run_up

    raise typer.Exit(run_up(load_settings(home).home, port=port, shop=shop))


def _tell(outcome: Outcome) -> None:
    if outcome.admissions:
        table = Table(title="What became of every record", title_justify="left")
        names = ("landed", "accepted", "quarantined", "duplicates", "outside")
        for column in ("source", "stream", *names):
            table.add_column(column, justify="right" if column in names else "left")
        for item in outcome.admissions:
            table.add_row(item.source, item.stream, *(f"{getattr(item, name):,}" for name in names))
        out.print(table)
    for stage, seconds in outcome.seconds.items():
        out.print(f"{stage:<24}{seconds:7.1f} s")
    if outcome.restated and outcome.restated.changed:
        out.print(f"{outcome.restated.told()}: mart_settled_changes")
    if outcome.publish_id:
        out.print(f"published {outcome.publish_id}\nnext: deskmart kpi · deskmart status · deskmart quarantine list")
    elif outcome.build and not outcome.build.is_new:
        out.print("nothing new: what is published is made of the same inputs")


if __name__ == "__main__":
    main()
