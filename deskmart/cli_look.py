"""Commands that only look: KPIs, quarantine, audit, the pretend shop; and what adds all commands to the application."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from deskmart.cli_alerts import alerts
from deskmart.cli_backup import backup, restore
from deskmart.cli_bi import metabase, superset
from deskmart.cli_postgres import postgres
from deskmart.cli_privacy import add_privacy
from deskmart.cli_quarantine import quarantine
from deskmart.cli_scorecard import scorecard
from deskmart.cli_screening import rescreen, screening
from deskmart.cli_setup import doctor, init, status
from deskmart.cli_trace import sample, trace
from deskmart.console import console
from deskmart.errors import ServingError, UsageError
from deskmart.settings import Settings, load_settings

out = console()
Home = Annotated[Path | None, typer.Option("--home", help="Where all state lives; default DESKMART_HOME or ./data.")]

audit = typer.Typer(no_args_is_help=True, help="Check the ledger, write the report.")
sandbox = typer.Typer(
    no_args_is_help=True,
    help="The pretend shop: look-alikes of the source systems.",
)
_PASS_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


def look(app: typer.Typer) -> None:
    """Add these commands to the application."""
    for command in (init, doctor, status, kpi, backup, restore, superset, metabase, bench):
        app.command()(command)
    for check in (trace, sample, screening, rescreen):
        audit.command()(check)
    add_privacy(app)
    app.add_typer(quarantine, name="quarantine")
    app.add_typer(postgres, name="postgres")
    app.add_typer(audit, name="audit")
    app.add_typer(scorecard, name="scorecard")
    app.add_typer(alerts, name="alerts")
    app.add_typer(sandbox, name="sandbox")


def kpi(
    codes: Annotated[list[str] | None, typer.Argument(help="KPI codes such as fcr aht; default all.")] = None,
    scope: Annotated[str, typer.Option(help="company, channel, queue, team or agent.")] = "company",
    since: Annotated[str | None, typer.Option(help="First local day.")] = None,
    until: Annotated[str | None, typer.Option(help="First local day not wanted (exclusive).")] = None,
    lang: Annotated[str, typer.Option(help="zh or en.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Plain values instead of a table.")] = False,
    home: Home = None,
) -> None:
    """Published KPIs with sample size, pending rows, target, band and 7-day change."""
    from deskmart.kpi import kpi_lines, lines_table, plain

    if lang not in ("zh", "en"):
        raise UsageError(f"--lang {lang!r} is not known", todo="zh or en")
    language: Literal["zh", "en"] = "zh" if lang == "zh" else "en"
    lines = kpi_lines(load_settings(home), codes or (), scope, _day(since), _day(until), language)
    if as_json:
        typer.echo(json.dumps(plain(lines), ensure_ascii=False, indent=1))
    elif lines:
        out.print(lines_table(lines, language))
    else:
        out.print("no rows for that; try a wider --since and --until")


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"{text!r} is no date", todo="write YYYY-MM-DD") from None


def bench(
    rows: Annotated[int, typer.Option(help="Contact legs through the gate; 0 for none.")] = 100_000,
    messages: Annotated[int, typer.Option(help="Messages through screening; 0 for none.")] = 100_000,
) -> None:
    """Measure the gate against the same work in plain DuckDB, in one run."""
    from deskmart.bench import bench as measure
    from deskmart.bench_screening import bench_screening

    for line in bench_screening(messages) if messages else ():
        out.print(line)
    for line in measure(rows) if rows else ():
        out.print(line)


@audit.command("verify")
def audit_verify(
    anchor: Annotated[list[str] | None, typer.Option(help="A ledger head somebody noted; may be repeated.")] = None,
    home: Home = None,
) -> None:
    """Find any edit, deletion, reordering or truncation of the ledger, and any file that is not what it was.

    Shows the records that the next publish will seal; until then nothing protects them.
    """
    from expectations.ledger import unsealed
    from expectations.verify import verify
    from serving.versions import published_anchors

    settings = load_settings(home)
    findings = verify(settings, [*(anchor or ()), *published_anchors(settings), *_heads_in_postgres(settings)])
    broken = [finding for finding in findings if finding.severity == "broken"]
    for finding in broken:
        typer.echo(f"{finding.subject}: {finding.message}", err=True)
    for finding in findings:
        if finding.severity == "note":
            typer.echo(f"note: {finding.subject} {finding.message}")
    out.print(f"{len(broken)} broken; {len(unsealed(settings))} records not sealed yet (the next publish seals them)")
    raise typer.Exit(1 if broken else 0)


def _heads_in_postgres(settings: Settings) -> list[str]:
    from serving.postgres.serve import postgres_anchors

    try:
        return postgres_anchors(settings)
    except ServingError as error:
        typer.echo(f"note: not compared with the heads that PostgreSQL remembers: {error}")
        return []


@audit.command("policies")
def audit_policies(
    seed: Annotated[str, typer.Option("--seed", help="Only this seed, such as kpi_targets.")] = "",
    home: Home = None,
) -> None:
    """Which policies changed, before which build, with the lines that went and came."""
    from expectations.policy_changes import policy_changes

    changes = policy_changes(load_settings(home), seed)
    for one in changes:
        typer.echo(f"{one.at[:19]}  build {one.build_id}  {one.seed}  {(one.before or '-')[:12]} → {(one.after or '-')[:12]}")
        for sign, lines in (("-", one.removed), ("+", one.added)):
            for line in lines:
                typer.echo(f"  {sign} {line}")
    if not changes:
        out.print("no policy has changed since the first build of this home")


@audit.command("report")
def audit_report(home: Home = None) -> None:
    """Write the auditor's report: an index, and a page for each run. Every run ends with it."""
    from expectations.report import write_report

    out.print(f"wrote {write_report(load_settings(home))}", soft_wrap=True)


@sandbox.command("serve", context_settings=_PASS_ON)
def sandbox_serve(context: typer.Context) -> None:
    """Serve the look-alikes on loopback until stopped; `serve --help` lists the options."""
    _sandbox("serve", context.args)


@sandbox.command("generate", context_settings=_PASS_ON)
def sandbox_generate(context: typer.Context) -> None:
    """Write only the files: phone logs, inbox, mappings; `generate --help` lists the options."""
    _sandbox("generate", context.args)


def _sandbox(command: str, arguments: list[str]) -> None:
    from sandbox.__main__ import main

    sys.exit(main([command, *arguments]))
