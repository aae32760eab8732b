"""What the demo prints: stages and their seconds, what became of every record, KPIs, where to look next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deskmart.settings import Settings

COUNTS = ("landed", "accepted", "quarantined", "duplicates", "outside")


@dataclass(slots=True)
class Course:
    """What happened so far: the seconds of each stage in order, and how each DAG ended."""

    stages: list[tuple[str, str, float]] = field(default_factory=list)
    dags: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, stage: str, part: str, seconds: float) -> None:
        self.stages.append((stage, part, seconds))

    def add_dag(self, event: Mapping[str, Any]) -> None:
        """Take a runner's `dag` event."""
        self.dags.append(event)
        tasks: Mapping[str, float] = event["tasks"]
        stage = str(event["dag"]).replace("_", " ")
        for task, seconds in sorted(tasks.items(), key=lambda item: _order(item[0])):
            if seconds >= 0.05:
                self.add(stage, task.replace("_", " "), seconds)
        self.add(stage, "Airflow around it", max(0.0, event["seconds"] - sum(tasks.values())))


def print_stages(course: Course, total: float, console: Console) -> None:
    """One line per stage and part, in the order of the run."""
    table = Table(title="Where the time went", title_justify="left")
    table.add_column("stage")
    table.add_column("part")
    table.add_column("seconds", justify="right")
    last = ""
    for stage, part, seconds in course.stages:
        table.add_row(stage if stage != last else "", part, f"{seconds:.1f}")
        last = stage
    table.add_section()
    table.add_row("all", "from the command to this table", f"{total:.1f}")
    console.print(table)


def print_sources(settings: Settings, console: Console) -> None:
    """Landed = accepted + quarantined + duplicates + outside, per source, in source records of the newest attempts."""
    from expectations.gate import admissions

    newest = {(item.source, item.stream, item.batch): item for item in admissions(settings)}
    table = Table(title="What became of every record", title_justify="left")
    table.add_column("source")
    for count in COUNTS:
        table.add_column(count, justify="right")
    for source in sorted({key[0] for key in newest}):
        table.add_row(source, *_numbers(item for key, item in newest.items() if key[0] == source))
    table.add_section()
    table.add_row("all", *_numbers(newest.values()))
    console.print(table)


def print_errors(course: Course, console: Console) -> None:
    """One line per DAG that failed: which, and what to do."""
    for event in course.dags:
        if event["state"] == "failed":
            console.print(f"[red]{event['dag']} failed in {event['task']}:[/red] {escape(str(event['error']))}")


def print_next(steps: Sequence[tuple[str, str]], console: Console) -> None:
    """Numbered next steps: what for, and the command or place."""
    console.print("\n[bold]Where to look next[/bold]")
    for number, (purpose, where) in enumerate(steps, start=1):
        console.print(f"  {number}. {purpose}: [cyan]{escape(where)}[/cyan]", soft_wrap=True)


def next_steps(home: Path) -> list[tuple[str, str]]:
    marts = home / "published" / "current" / "marts.duckdb"
    return [
        (
            "the KPI page: targets, changes, queues, teams and agents",
            str(home / "published" / "current" / "report" / "index.html"),
        ),
        ("the KPIs of one agent, queue or team", f"deskmart kpi --home {home} --scope agent"),
        ("the marts, from any tool that reads DuckDB or Parquet", str(marts)),
        ("rows that were not fit for use, and why", f"deskmart quarantine list --home {home}"),
        ("what came in, what was refused, what was checked: a page per run", str(home / "audit" / "report" / "index.html")),
        ("the same DAGs on a schedule, with Airflow's pages", "make up"),
    ]


def _numbers(admissions: Iterable[Any]) -> list[str]:
    rows = list(admissions)
    return [f"{sum(getattr(row, count) for row in rows):,}" for count in COUNTS]


def _order(task: str) -> int:
    known = ("find_batches", "land", "validate", "announce", "build", "audit", "publish")
    return known.index(task) if task in known else len(known)
