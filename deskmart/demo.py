"""The whole thing at once: a pretend shop on loopback, the real DAGs over it, and what came out."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import date, timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deskmart.airflow_home import airflow_home, environment, migrate_once
from deskmart.child import child, ending_on_sigterm, first_json_line, json_lines, tell
from deskmart.demo_report import Course, next_steps, print_errors, print_next, print_sources, print_stages
from deskmart.errors import DeskmartError
from deskmart.lake import Lake, private_folder
from deskmart.settings import Settings, load_settings
from deskmart.shop import DIRT, connections, own_port

FIRST_DAY = date(2026, 9, 1)  # with DAYS a whole month, or its cost per contact would be pending
DAYS = 30
CONTACTS_A_DAY = 670


def demo(
    home: Path,
    *,
    days: int = DAYS,
    contacts_a_day: int = CONTACTS_A_DAY,
    dags: tuple[str, ...] = (),
    console: Console | None = None,
) -> int:
    """Run the sandbox and, over it, the ingest DAGs and `build_warehouse`; print counts, KPIs, seconds and next steps.

    The exit code is that of the runs: 0 all well, 3 some source failed, 1 else. Whatever happens, no child outlives the call.
    Running it again on the same home reads the same shop: it is quick and changes no number.
    """
    out = console or Console(width=None if sys.stdout.isatty() else 140)
    settings = load_settings(home)
    course = Course()
    started = time.monotonic()
    with (
        ending_on_sigterm(),
        _progress(out) as progress,
        _runner(settings, days, dags) as runner,
        _sandbox(settings, days, contacts_a_day, course, progress) as shop,
    ):
        tell(runner, shop)
        code = _follow(runner, settings, course, progress)
    _report(settings, course, time.monotonic() - started, out)
    return code


@contextmanager
def _sandbox(
    settings: Settings, days: int, contacts_a_day: int, course: Course, progress: Progress
) -> Iterator[Mapping[str, str]]:
    """The pretend shop while the block lasts; gives the variables that lead the DAGs to it."""
    log = settings.home / "sandbox.log"
    command = [sys.executable, "-m", "sandbox", "serve", "--home", str(settings.home), "--port", str(own_port(settings.home))]
    command += ["--first-day", FIRST_DAY.isoformat(), "--days", str(days), "--contacts-per-day", str(contacts_a_day)]
    command += ["--dirt", ",".join(DIRT)]
    # Five minutes past the last midnight: Zendesk leaves out the last minute, and with it tickets that were touched in it.
    command += ["--now", f"{FIRST_DAY + timedelta(days=days)}T00:05:00"]
    with child(command, environment(settings), log) as process:
        begun = time.monotonic()
        line = progress.add_task("make the pretend shop, and Airflow's database", total=None)
        _migrate(settings, course)
        ready = first_json_line(process, "the sandbox", log)
        course.add("sandbox", "simulate and serve, beside the above", time.monotonic() - begun)
        progress.update(line, total=1, completed=1)
        yield connections(ready)


def _migrate(settings: Settings, course: Course) -> None:
    begun = time.monotonic()
    if migrate_once(settings):
        course.add("airflow", "make its database", time.monotonic() - begun)


def _runner(settings: Settings, days: int, dags: tuple[str, ...]) -> AbstractContextManager[Popen[str]]:
    """The process that runs the DAGs. It starts beside the sandbox and waits to be told where that is."""
    command = [sys.executable, "-m", "dags.run_once", "--wait", "--since", FIRST_DAY.isoformat()]
    command += ["--until", (FIRST_DAY + timedelta(days=days)).isoformat()]
    command += [word for name in dags for word in ("--dag", name)]
    private_folder(airflow_home(settings))
    return child(command, environment(settings), airflow_home(settings) / "run_once.log", is_told=True)


def _follow(runner: Popen[str], settings: Settings, course: Course, progress: Progress) -> int:
    lines = {"airflow": progress.add_task("start Airflow", total=None)}
    for event in json_lines(runner):
        _show(event, lines, course, progress)
        if event["event"] == "end":
            if "error" in event:
                raise DeskmartError(event["error"])
            return int(event["exit"])
    raise DeskmartError("the DAG runs ended without a word", todo=f"read {airflow_home(settings) / 'run_once.log'}")


def _show(event: Mapping[str, Any], lines: dict[str, Any], course: Course, progress: Progress) -> None:
    """Move the progress display and the course on by one event of the runner."""
    if event["event"] == "airflow":
        progress.update(lines["airflow"], total=1, completed=1)
        course.add("airflow", "start, beside the above", event["seconds"])
    elif event["event"] in ("task", "dag"):
        name = event["dag"].replace("_", " ")
        if event["dag"] not in lines:
            lines[event["dag"]] = progress.add_task(name, total=None)
        if event["event"] == "task":
            progress.update(lines[event["dag"]], description=f"{name}: {event['task'].rpartition('.')[2].replace('_', ' ')}")
        else:
            course.add_dag(event)
            progress.update(lines[event["dag"]], description=f"{name}: {event['state']}", total=1, completed=1)


def _report(settings: Settings, course: Course, seconds: float, out: Console) -> None:
    print_errors(course, out)
    if Lake(settings.home).marts.exists():
        from deskmart.kpi import kpi_table

        out.print(kpi_table(settings))
    print_sources(settings, out)
    print_stages(course, seconds, out)
    print_next(next_steps(settings.home), out)


def _progress(out: Console) -> Progress:
    return Progress(
        SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description}"), BarColumn(20), TimeElapsedColumn(), console=out
    )
