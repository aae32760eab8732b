"""The Asterisk staging models on DuckDB, rendered from the dbt project without dbt's start-up time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pyarrow.parquet as pq

from deskmart.batch import Batch
from deskmart.lake import Lake
from deskmart.settings import Settings, SourceSettings
from expectations.gate import Admission, admit
from ingestion.ingest import ingest
from ingestion.schema import accepted_schema
from ingestion.sources.asterisk import SOURCE

PROJECT = Path(__file__).parents[2] / "dbt_project"
FOLDER = PROJECT / "models" / "staging" / "asterisk"
_REFS = re.compile(r"ref\('(\w+)'\)")


def pbx(home: Path, path: Path | None = None, *, dsn: str = "", zone: str = "Asia/Shanghai", **options: Any) -> Settings:
    """Settings of a home whose only source is this PBX."""
    found = {"timezone": zone, **({"path": str(path)} if path else {}), **options}
    source = SourceSettings("asterisk", found, {"dsn": dsn} if dsn else {})
    return Settings(home, token_key=b"a key for tests", bad_share_limit=1.0).with_source(source)


def day(stream: str, since: datetime, until: datetime) -> Batch:
    return Batch("asterisk", stream, since, until)


def admitted(settings: Settings, stream: str, since: datetime, until: datetime) -> Admission:
    """Land and validate one interval of a stream."""
    return admit(ingest(SOURCE, day(stream, since, until), settings), settings)


def accepted(admission: Admission, settings: Settings) -> list[dict[str, Any]]:
    """The accepted rows without their address."""
    batch = Batch.parse(f"{admission.source}/{admission.stream}/{admission.batch}")
    rows = pq.ParquetFile(Lake(settings.home).accepted(batch, admission.attempt)).read().to_pylist()
    return [{name: value for name, value in row.items() if not name.startswith("_")} for row in rows]


def warehouse(settings: Settings, as_of: datetime | None = None) -> duckdb.DuckDBPyConnection:
    """All models of the folder as tables over everything that was accepted."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("create schema inputs")
    connection.execute("create table inputs.build_sources (source varchar, as_of timestamptz)")
    connection.execute("insert into inputs.build_sources values ('asterisk', ?)", [as_of or datetime(2030, 1, 1, tzinfo=UTC)])
    for stream in SOURCE.streams:
        paths = sorted(map(str, (settings.home / "accepted" / "asterisk" / stream.name).glob("*/*.parquet")))
        empty = accepted_schema(stream).empty_table()
        connection.register(f"empty_{stream.name}", empty)
        rows = f"select * from read_parquet({paths!r})" if paths else f"select * from empty_{stream.name}"
        connection.execute(f"create table inputs.asterisk__{stream.name} as {rows}")
    for name, sql in _in_order(FOLDER.glob("*.sql")):
        connection.execute(f"create table {name} as {_render(sql)}")
    return connection


def _in_order(paths: Iterable[Path]) -> list[tuple[str, str]]:
    waiting = {path.stem: path.read_text() for path in sorted(paths)}
    done: list[tuple[str, str]] = []
    while waiting:
        ready = [name for name, sql in waiting.items() if not set(_REFS.findall(sql)) & set(waiting)]
        done += [(name, waiting.pop(name)) for name in ready]
    return done


def _render(sql: str) -> str:
    return _environment().from_string(sql).render()


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals.update(
        {
            "return": lambda value: value,
            "config": lambda **_: "",
            "ref": lambda name: name,
            "source": lambda source, table: f"inputs.{table}" if source == "inputs" else f"inputs.{source}__{table}",
            "var": {"site_timezone": "Asia/Shanghai", "missing_logout_seconds": 43200}.__getitem__,
        }
    )
    text = "".join((PROJECT / "macros" / f"{name}.sql").read_text() for name in ("portable", "leg_left_at", "asterisk"))
    environment.globals["adapter"] = _Adapter(environment)
    macros = environment.from_string(text).module
    environment.globals.update({name: value for name, value in vars(macros).items() if not name.startswith("_")})
    return environment


class _Adapter:
    def __init__(self, environment: jinja2.Environment) -> None:
        self.environment = environment

    def dispatch(self, name: str, package: str) -> Any:
        return self.environment.globals[f"duckdb__{name}"]
