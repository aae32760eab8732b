"""A benchmark of the gate: rows per second through the full suite, against the same rules as plain DuckDB SQL in the same run."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deskmart.batch import Interval
from deskmart.settings import load_settings

_MAPPING = """\
name: bench
files: "legs_*.jsonl"
streams:
  contact_legs:
    columns: {columns}
"""
_RULES = """
    select count(*) from read_json_auto('{path}') where contact_leg_id is null or contact_id is null or channel_group not in
    ('voice', 'chat', 'written') or outcome is null or offered_at is null or answered_at < offered_at or ended_at < answered_at
    or talk_seconds < 0
"""


def bench(rows: int) -> Iterator[str]:
    """Lines to print: rows per second at 0.1 % and 10 % bad rows, and the ratio to the same rules in SQL."""
    import duckdb

    from expectations.gate import admit
    from ingestion.ingest import batches_of, ingest
    from ingestion.registry import source_named

    source = source_named("file_drop")
    for bad_share in (0.001, 0.1):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            path = _write(home, rows, bad_share)
            settings = replace(load_settings(home), bad_share_limit=1.0)
            (batch,) = batches_of(source, settings, Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)))
            attempt = ingest(source, batch, settings)
            begun = time.perf_counter()
            admission = admit(attempt, settings)
            gate = time.perf_counter() - begun
            begun = time.perf_counter()
            duckdb.sql(_RULES.format(path=path)).fetchall()
            sql = time.perf_counter() - begun
            yield (
                f"gate, {rows:,} contact legs, {bad_share:.1%} bad: {rows / gate:,.0f} rows/s, {admission.quarantined:,} quarantined, "
                f"{gate / sql:.1f} x the same rules in DuckDB SQL ({sql:.2f} s)"
            )


def _write(home: Path, rows: int, bad_share: float) -> Path:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    bad_every = round(1 / bad_share)
    lines = []
    for number in range(rows):
        offered = start + timedelta(seconds=number * 3)
        answered = offered + timedelta(seconds=number % 40)
        lines.append(
            json.dumps(
                {
                    "contact_leg_id": f"L{number}",
                    "contact_id": f"C{number}",
                    "channel": "phone",
                    "channel_group": "voice",
                    "leg_kind": "queue",
                    "direction": "inbound",
                    "queue_id": f"Q{number % 7}",
                    "agent_id": f"A{number % 50}",
                    "customer_phone": f"138{number % 90000000 + 10000000:08d}",
                    "offered_at": offered.isoformat(),
                    "answered_at": answered.isoformat(),
                    "ended_at": (answered + timedelta(seconds=200)).isoformat(),
                    "talk_seconds": -1 if number % bad_every == 0 else 200,
                    "outcome": "answered",
                }
            )
        )
    inbox, mappings = home / "inbox", home / "mappings"
    inbox.mkdir()
    mappings.mkdir()
    path = inbox / "legs_bench.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    columns = {name: {"from": name} for name in json.loads(lines[0])}
    (mappings / "bench.yml").write_text(_MAPPING.format(columns=json.dumps(columns)), encoding="utf-8")
    (path.parent / f"{path.name}.done").touch()
    return path
