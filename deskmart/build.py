"""Building the warehouse: frozen inputs go in, a candidate file comes out; readers see nothing of it yet."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from deskmart.dbt import dbt_build
from deskmart.freeze import PROJECT, Inputs, freeze
from deskmart.frozen_tables import write_inputs
from deskmart.lake import Lake, private_folder, write_json
from deskmart.settings import Settings
from expectations.policies import check_policies
from expectations.policy_changes import record_policies
from expectations.reconciliation import Reconciled, digest_of, reconcile, rows_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Build:
    """A built candidate. `is_new` is false when the published marts were already made of the same inputs."""

    build_id: str
    inputs_digest: str
    is_new: bool
    models: int = 0
    tests: int = 0


def build(settings: Settings, *, force: bool = False) -> Build:
    """Check the policies, freeze the inputs and run `dbt build` on them into `warehouse/candidate.duckdb`.

    Nothing is built when what is published was made of the same inputs and no record has moved since (unless `force`). Raises `BuildError` naming the
    policy, model or test that failed; the candidate is then thrown away, and what is published stays.
    """
    lake = Lake(settings.home)
    check_policies()
    with lake.lock("warehouse"):
        inputs = freeze(settings)
        attempts = reconcile(settings, [item.path for item in inputs.files])
        build_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{inputs.digest[:8]}"
        if not force and published_digest(lake) == inputs.digest and _published("reconciliation", lake) == digest_of(attempts):
            return Build(build_id, inputs.digest, is_new=False)
        discard(lake)
        private_folder(lake.warehouse)
        try:
            record_policies(settings, build_id, PROJECT / "seeds")
            write_inputs(lake, inputs, build_id, lake.candidate, rows_of(attempts))
            counts = dbt_build(settings)
        except BaseException:
            discard(lake)
            raise
        done = Build(build_id, inputs.digest, True, **counts)
        write_json(lake.warehouse / "candidate.json", _manifest(done, inputs, attempts, lake))
        return done


def discard(lake: Lake) -> None:
    """Throw the candidate away."""
    for path in (lake.candidate, lake.warehouse / "candidate.duckdb.wal", lake.warehouse / "candidate.json"):
        with suppress(FileNotFoundError):
            path.unlink()


def published_digest(lake: Lake) -> str | None:
    """The inputs that the published marts were made of; None where nothing is published."""
    return _published("inputs_digest", lake)


def _published(name: str, lake: Lake) -> str | None:
    path = lake.published_current / "manifest.json"
    if not path.exists():
        return None
    found = json.loads(path.read_bytes())["build"].get(name)
    return str(found) if found is not None else None


def _manifest(done: Build, inputs: Inputs, attempts: Sequence[Reconciled], lake: Lake) -> dict[str, Any]:
    return {
        "build_id": done.build_id,
        "inputs_digest": inputs.digest,
        "reconciliation": digest_of(attempts),
        "built_at": datetime.now(UTC).isoformat(),
        "as_of": inputs.as_of.isoformat(),
        "first_day": inputs.first_day.isoformat(),
        "last_day": inputs.last_day.isoformat(),
        "sources": {name: cover.as_of.isoformat() for name, cover in inputs.sources.items()},
        "inputs": [{"path": str(item.path.relative_to(lake.home)), "sha256": item.sha256} for item in inputs.files],
        "models": done.models,
        "tests": done.tests,
    }
