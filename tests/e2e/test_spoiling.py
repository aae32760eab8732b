"""What must not reach the readers does not: a mart that breaks a rule, a build whose test fails; and the way back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from deskmart.build import Build, build
from deskmart.errors import AuditError
from deskmart.pipeline import Outcome, audit_and_publish
from serving.versions import versions
from tests.e2e.conftest import ROOT, Place
from tests.warehouse.without_dbt import without_dbt

pytestmark = pytest.mark.slow

DAMAGE = {
    "its key is unique": "insert into marts.mart_kpi_daily select * from marts.mart_kpi_daily where kpi = 'offered' limit 1",
    "rates lie in [0, 1]": "update marts.mart_kpi_daily set value = 1.5 where kpi = 'fcr' and scope = 'company' and value is not null",
    "no numerator is negative": "update marts.mart_kpi_daily set numerator = -1 where kpi = 'talk_time' and scope = 'agent'",
    "samples are counts": "update marts.mart_kpi_daily set sample_size = -1 where kpi = 'aht' and scope = 'agent'",
    "scopes are known": "update marts.mart_kpi_daily set scope = 'planet' where kpi = 'csat' and scope = 'channel'",
    "channel groups are known": "update marts.mart_kpi_daily set channel_group = 'pigeon' where kpi = 'frt' and scope = 'agent'",
    "offered and answered re-sum to the legs": "delete from core.fct_contact_legs where is_answered_offered and queue_id like '%tech'",
    "every landed record is accounted for in the files": "update marts.mart_audit_reconciliation set is_balanced = false where source = 'zendesk' and stream = 'tickets'",
    "every file of the build is reconciled": "delete from marts.mart_audit_reconciliation where stream = 'queue_log'",
    "every offered leg is open or closed": "update core.fct_contact_legs set is_closed_offered = false where outcome = 'abandoned'",
}


def spoil(where: Place, *queries: str) -> None:
    with duckdb.connect(str(where.lake.candidate)) as connection:
        for query in queries:
            changed = connection.execute(query).fetchone()
            assert changed is not None
            assert changed[0] > 0, query


def to_readers(where: Place, candidate: Build) -> Outcome:
    outcome = Outcome()
    audit_and_publish(candidate, where.settings, outcome, lambda stage: None)
    return outcome


def current(where: Place) -> tuple[str, dict[str, str]]:
    return where.lake.published_current.readlink().name, where.digests


def test_a_spoiled_mart_is_stopped_with_every_broken_rule_and_readers_keep_the_old(
    a_copy: Place, a_candidate: Callable[[], Build]
) -> None:
    before = current(a_copy)
    candidate = a_candidate()
    spoil(a_copy, *DAMAGE.values())

    with pytest.raises(AuditError) as caught:
        to_readers(a_copy, candidate)

    assert [rule for rule in DAMAGE if rule not in str(caught.value)] == []
    assert "\n" not in str(caught.value)
    assert current(a_copy) == before
    assert not a_copy.lake.candidate.exists(), "nobody can publish it later"
    kept = json.loads((a_copy.lake.audit / "marts" / f"{candidate.build_id}.json").read_bytes())
    assert set(kept["broken"]) >= set(DAMAGE)
    assert a_copy.deskmart("publish").code == 1
    assert current(a_copy) == before


def test_an_empty_mart_is_stopped(a_copy: Place, a_candidate: Callable[[], Build]) -> None:
    before = current(a_copy)
    candidate = a_candidate()
    spoil(a_copy, "delete from marts.mart_kpi_daily")
    with pytest.raises(AuditError, match="the mart has rows"):
        to_readers(a_copy, candidate)
    assert current(a_copy) == before


def test_a_sound_candidate_is_published_and_readers_can_go_back(a_copy: Place, a_candidate: Callable[[], Build]) -> None:
    old, digests = current(a_copy)
    new = to_readers(a_copy, a_candidate()).publish_id
    assert current(a_copy) == (new, digests)

    assert a_copy.deskmart("publish", "--rollback", old).code == 0
    assert current(a_copy) == (old, digests)
    unknown = a_copy.deskmart("publish", "--rollback", "20200101T000000Z-00000000")
    assert unknown.code == 1
    assert old in unknown.err
    assert versions(a_copy.settings) == [old, new]


def test_a_failing_dbt_test_stops_the_build_and_readers_keep_the_old(a_copy: Place, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    for name in ("deskmart", "ingestion", "expectations", "serving", "dbt_project"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("logs", "__pycache__"))
    (checkout / "dbt_project" / "tests" / "no_day_is_a_monday.sql").write_text("select 'a monday' as found")
    before = current(a_copy)

    told = replace(a_copy, variables={**a_copy.variables, "DBT_FAIL_FAST": "true"}).deskmart(
        "build", "--force", checkout=checkout
    )

    assert told.code == 1, told
    (line,) = told.err.splitlines()
    assert "no_day_is_a_monday" in line
    assert line.endswith(")"), "says what to do"
    assert not a_copy.lake.candidate.exists()
    assert current(a_copy) == before


def test_a_record_that_is_lost_from_an_accepted_file_is_never_published(a_copy: Place) -> None:
    before = current(a_copy)
    path = next((a_copy.home / "accepted/zendesk/tickets").rglob("*.parquet"))
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)

    with without_dbt():
        assert build(a_copy.settings).is_new
    told = a_copy.deskmart("publish")

    assert told.code == 1
    assert "every landed record is accounted for in the files (1 rows)" in told.err
    assert current(a_copy) == before
    verified = a_copy.deskmart("audit", "verify")
    assert verified.code == 1
    assert f"{path.relative_to(a_copy.home)}: is not what was recorded" in verified.err
