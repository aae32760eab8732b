"""`deskmart publish`: put a candidate before the readers, list what is kept, go back to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from deskmart.cli_end import end
from deskmart.console import console
from deskmart.errors import UsageError
from deskmart.settings import Settings, load_settings

if TYPE_CHECKING:
    from expectations.restated import Acceptance

out = console()


def publish(
    home: Annotated[Path | None, typer.Option("--home", help="Where all state lives; default DESKMART_HOME or ./data.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="Only list the versions that are kept.")] = False,
    rollback: Annotated[str | None, typer.Option("--rollback", help="Go back to this version instead.")] = None,
    accept: Annotated[bool, typer.Option("--accept-restatements", help="Publish although many settled figures change.")] = False,
    by: Annotated[str, typer.Option("--by", help="Who accepts it, or goes back.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
) -> None:
    """Audit the candidate and put it before the readers, or go back to an earlier version."""
    from expectations.restated import Acceptance

    settings = load_settings(home)
    if listing:
        _list(settings)
    elif rollback:
        _go_back(settings, rollback, by.strip(), reason.strip())
    elif accept and not (by.strip() and reason.strip()):
        raise UsageError("accepting restatements needs a name and a reason", todo="say --by NAME --reason WHY")
    else:
        _publish(settings, Acceptance(by.strip(), reason.strip()) if accept else None)


def _publish(settings: Settings, acceptance: Acceptance | None) -> None:
    from deskmart import pipeline
    from serving.publish import candidate_build

    outcome = pipeline.Outcome()
    pipeline.audit_and_publish(candidate_build(settings), settings, outcome, lambda stage: None, acceptance)
    if outcome.restated and outcome.restated.changed:
        out.print(outcome.restated.told())
    out.print(f"published {outcome.publish_id}")
    end(outcome)


def _go_back(settings: Settings, publish_id: str, by: str, reason: str) -> None:
    from deskmart import pipeline
    from serving.versions import rollback

    rollback(settings, publish_id, by=by, reason=reason)
    outcome = pipeline.Outcome()
    pipeline.serve(settings, outcome)
    readers = "readers of the files" if outcome.errors else "readers"
    out.print(f"{readers} now see {publish_id}, until the next build publishes; pause build_warehouse until the cause is mended")
    end(outcome)


def _list(settings: Settings) -> None:
    from serving.versions import listed

    found = listed(settings)
    table = Table()
    for column in ("", "version", "published", "complete until", "build", "rows", "MB"):
        table.add_column(column, justify="right" if column in ("rows", "MB") else "left", no_wrap=column == "version")
    for one in found:
        moments = [
            when.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M") if when else "–" for when in (one.published_at, one.as_of)
        ]
        mark = "→" if one.is_current else ""
        table.add_row(mark, one.publish_id, *moments, one.build_id, f"{one.rows:,}", f"{one.bytes / 1e6:,.1f}")
    out.print(table if found else "nothing is published in this home yet; next: deskmart run --since D --until D")
    if found:
        out.print(
            f"→ is what readers see; the newest {settings.keep_versions} are kept. next: deskmart publish --rollback VERSION"
        )
