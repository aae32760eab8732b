"""A benchmark of the gate: legs per second through the full suite, against the same rules as plain DuckDB SQL in the same run."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from deskmart.batch import Interval
from deskmart.bench_rules import broken_rows_sql
from deskmart.errors import DeskmartError
from deskmart.lake import Lake
from deskmart.settings import Settings, load_settings

if TYPE_CHECKING:
    from expectations.held import Rows
    from expectations.rule import Rule
    from ingestion.landing import Attempt

_MAPPING = """\
name: bench
files: "legs_*.jsonl"
streams:
  contact_legs:
    columns: {columns}
"""
_YEAR = Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
# One leg every three seconds; each n-th is bad, in one of five ways by turns.
_LEGS = """
    select
        'L' || i as contact_leg_id,
        'C' || i as contact_id,
        'phone' as channel,
        case when bad = 1 then 'pigeon' else 'voice' end as channel_group,
        'queue' as leg_kind,
        'inbound' as direction,
        'Q' || i % 7 as queue_id,
        case when bad <> 4 then 'A' || i % 50 end as agent_id,
        '138' || lpad((i % 90000000 + 10000000)::varchar, 8, '0') as customer_phone,
        strftime(offered, '%Y-%m-%dT%H:%M:%SZ') as offered_at,
        case when bad <> 4 then strftime(offered + to_seconds(i % 40), '%Y-%m-%dT%H:%M:%SZ') end as answered_at,
        strftime(offered + to_seconds(case when bad = 2 then -1 else i % 40 + 200 end), '%Y-%m-%dT%H:%M:%SZ') as ended_at,
        i % 40 as wait_seconds,
        case when bad = 3 then -1 else 200 end as talk_seconds,
        case when bad = 5 then null else 'answered' end as outcome
    from (
        select i, timestamp '2026-03-01' + to_seconds(i * 3) as offered, case when i % {every} = 0 then i // {every} % 5 + 1 else 0 end as bad
        from range({rows}) t(i)
    )
"""


def bench(rows: int) -> Iterator[str]:
    """Lines to print: at 0.1 % and 10 % bad rows, rows per second of the suite and of the whole gate, memory, the ratio to SQL."""
    for bad_share in (0.001, 0.1):
        with tempfile.TemporaryDirectory() as folder:
            settings, attempt = _landed(Path(folder), rows, bad_share)
            yield from _measured(settings, attempt, f"{rows:,} contact legs, {bad_share:.1%} bad")


def _measured(settings: Settings, attempt: Attempt, what: str) -> Iterator[str]:
    from expectations.gate import admission_lock, declared_rulebook, settle
    from expectations.judging import judge_all, prepare

    book, lake, before = declared_rulebook(attempt, settings), Lake(settings.home), forget_peak()
    rules = list(book.rules())
    with admission_lock(attempt.batch, settings):
        clocks = [_clock()]
        prepared = prepare(attempt, book, lake, settings)
        clocks.append(_clock())
        (judged,) = judge_all([prepared])
        clocks.append(_clock())
        admission = settle(judged, lake, settings)
        clocks.append(_clock())
    if isinstance(judged, DeskmartError):
        raise judged
    peak, rows = peak_megabytes(), prepared.sifted.rows
    (gate, gate_used), (suite, suite_used) = (
        (end[0] - begin[0], end[1] - begin[1]) for begin, end in ((clocks[0], clocks[3]), (clocks[1], clocks[2]))
    )
    gate_line = (
        f"whole gate, {what}: {admission.landed / gate:,.0f} rows/s ({gate:.1f} s, {gate_used:.1f} s of processor), "
        f"{admission.quarantined:,} quarantined, {peak:,.0f} MB at most ({before:,.0f} before)"
    )
    verdicts = judged.verdicts
    found = [len(verdict.rows or ()) for verdict in verdicts]
    sql, sql_used, in_sql = _in_sql(rows, rules)
    if found != in_sql:
        raise DeskmartError(
            f"the suite and SQL disagree: {[r.code for r, a, b in zip(rules, found, in_sql, strict=True) if a != b]}"
        )
    yield (
        f"suite, {what}, {len(rules)} rules: {rows.count / suite:,.0f} rows/s ({suite:.1f} s, {suite_used:.1f} s of processor), "
        f"{sum(found):,} broken, {suite / sql:.1f} x the same rules in DuckDB SQL ({sql:.2f} s), "
        f"{suite_used / sql_used:.1f} x its processor ({sql_used:.2f} s); both find the same"
    )
    yield gate_line


def _clock() -> tuple[float, float]:
    """Seconds, and those of the processor."""
    return time.perf_counter(), time.process_time()


def _in_sql(rows: Rows, rules: Sequence[Rule]) -> tuple[float, float, list[int]]:
    """Seconds of the rules as SQL over the same conformed rows, those of the processor, and how many rows break each."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false; set threads = 2")
        for number, piece in enumerate(rows):
            connection.register("given", piece)
            connection.execute("insert into legs from given" if number else "create table legs as from given")
        begun, used = time.perf_counter(), time.process_time()
        found = connection.execute(broken_rows_sql(rules, "legs")).fetchone() or ()
        return time.perf_counter() - begun, time.process_time() - used, [int(count) for count in found]


def _landed(home: Path, rows: int, bad_share: float) -> tuple[Settings, Attempt]:
    """A home with one landed file of legs."""
    import duckdb

    from ingestion.ingest import batches_of, ingest
    from ingestion.registry import source_named

    for name in ("inbox", "mappings"):
        (home / name).mkdir()
    path = home / "inbox" / "legs_bench.jsonl"
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"copy ({_LEGS.format(rows=rows, every=round(1 / bad_share))}) to '{path}' (format json)")
    with path.open(encoding="utf-8") as stream:
        columns = {name: {"from": name} for name in json.loads(stream.readline())}
    (home / "mappings" / "bench.yml").write_text(_MAPPING.format(columns=json.dumps(columns)), encoding="utf-8")
    (path.parent / f"{path.name}.done").touch()
    settings = replace(load_settings(home), bad_share_limit=1.0)
    source = source_named("file_drop")
    (batch,) = batches_of(source, settings, _YEAR)
    return settings, ingest(source, batch, settings)


def forget_peak() -> float:
    """The megabytes that this process has now; from here on the peak is counted anew where the system can do that."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return peak_megabytes()


def peak_megabytes() -> float:
    """The most memory this process has had at once since its start, or since `forget_peak`."""
    with suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return float(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / (1 << 10)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)
