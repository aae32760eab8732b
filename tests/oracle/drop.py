"""A raw world as files for the inbox: one JSON Lines file per stream and the mappings that take them as they are."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from ingestion.canonical import CANONICAL
from tests.oracle.worlds import RawWorld


def drop(world: RawWorld, inbox: Path, mappings: Path) -> None:
    """Write the world's files and mappings; both folders are made. The file names say which local days are covered."""
    inbox.mkdir(parents=True, exist_ok=True)
    mappings.mkdir(parents=True, exist_ok=True)
    zone = ZoneInfo(world.site_timezone)
    since = world.since.astimezone(zone).date()
    until = (world.as_of - timedelta(microseconds=1)).astimezone(zone).date()
    for stream, rows in world.rows.items():
        names = [field.name for field in CANONICAL[stream].fields]
        lines = [json.dumps({name: _plain(row.get(name)) for name in names}, ensure_ascii=False) for row in rows]
        path = inbox / f"{stream}_{since:%Y%m%d}_{until:%Y%m%d}.jsonl"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        (mappings / f"{stream}.yml").write_text(yaml.safe_dump(mapping_of(stream), sort_keys=False), encoding="utf-8")


def mapping_of(stream: str) -> dict[str, Any]:
    """The identity mapping of a stream."""
    columns = {field.name: {"from": field.name} for field in CANONICAL[stream].fields}
    return {
        "name": f"world_{stream}",
        "files": f"**/{stream}_*.jsonl",
        "format": "jsonl",
        "covers": rf"(?:^|/){stream}_(?P<since>\d{{8}})_(?P<until>\d{{8}})\.jsonl",
        "cadence": "1d",
        "streams": {stream: {"columns": columns}},
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
