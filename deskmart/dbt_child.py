"""dbt in a process of its own: `python -m deskmart.dbt_child LOG WORD...` runs a dbt command and says what came of it.

One JSON object on the standard output: `error` (dbt's own error, or null), `results` (id, status and message of each model and
test that was tried). What dbt tells on the way is in LOG, a line per event; dbt's own two loggers are left off, for they cost a
tenth of a build.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TOLD = ("info", "warn", "error")


def main(log: Path, words: list[str]) -> None:
    """Run dbt with these words and print the answer."""
    from dbt.cli.main import dbtRunner

    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as lines:

        def note(event: Any) -> None:
            if event.info.level in TOLD and event.info.msg:
                lines.write(f"{event.info.ts.ToJsonString()} {event.info.level} {event.info.msg}\n")

        done = dbtRunner(callbacks=[note]).invoke(words)
    answer = {"error": None if done.exception is None else str(done.exception), "results": _results(done.result)}
    sys.stdout.write(json.dumps(answer) + "\n")


def _results(result: Any) -> list[dict[str, str]]:
    return [
        {"id": item.node.unique_id, "status": str(item.status), "message": str(item.message or "")}
        for item in getattr(result, "results", [])
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
