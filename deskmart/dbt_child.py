"""dbt in a process of its own: `python -m deskmart.dbt_child LOG FLAG...` reads the project, then waits to be told a command.

The command comes as one line on the standard input, a JSON list of words (`["build", "--select", ...]`); the flags hold for it and
for reading the project. Without a line nothing more is done. The answer is one JSON object on the standard output: `success`, `error` (dbt's
own error, or null), `results` (id, status and message of each model and test that was tried) and, of models that stay in the
candidate, `descriptions` (by schema.table, then by column, "" for the table itself). What dbt tells on the way is in LOG, a line per
event; dbt's own two loggers are left off, for they cost a tenth of a build.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TOLD = ("info", "warn", "error")


def main(log: Path, flags: list[str]) -> None:
    """Read the project, wait for the command, run it and print the answer."""
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as lines:

        def note(event: Any) -> None:
            if event.info.level in TOLD and event.info.msg:
                lines.write(f"{event.info.ts.ToJsonString()} {event.info.level} {event.info.msg}\n")

        parsed = done = dbtRunner(callbacks=[note]).invoke(["parse", *flags])
        line = sys.stdin.readline()
        words = json.loads(line) if line.strip() else []
        manifest = parsed.result if isinstance(parsed.result, Manifest) else None
        if manifest is not None and words and words != ["parse"]:
            done = dbtRunner(manifest=manifest, callbacks=[note]).invoke([words[0], *flags, *words[1:]])
    if words:
        answer = {
            "success": done.success,
            "error": None if done.exception is None else str(done.exception),
            "results": _results(done.result),
            "descriptions": {} if manifest is None else _descriptions(manifest),
        }
        sys.stdout.write(json.dumps(answer) + "\n")


def _results(result: Any) -> list[dict[str, str]]:
    return [
        {"id": item.node.unique_id, "status": str(item.status), "message": str(item.message or "")}
        for item in getattr(result, "results", [])
    ]


def _descriptions(manifest: Any) -> dict[str, dict[str, str]]:
    return {
        f"{node.schema}.{node.name}": {"": node.description}
        | {column.name: column.description for column in node.columns.values() if column.description}
        for node in manifest.nodes.values()
        if node.schema in ("core", "marts", "seeds") and node.description
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
