"""The oracle on random worlds: quick, reproducible, and true to the sums that KPIS.md promises."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.oracle.catalogue import CATALOGUE
from tests.oracle.compare import compare
from tests.oracle.drop import drop
from tests.oracle.gate import behind_the_gate
from tests.oracle.kpis import compute
from tests.oracle.periods import KpiRow
from tests.oracle.policy import Policy
from tests.oracle.worlds import random_world

Where = tuple[date, str, str, str]
# Several teams or agents share a contact here (KPIS.md, Where sums hold); findings by rule are told down to the team alone.
OF_SEVERAL = {
    "compliance_pass_rate",
    "compliance_findings",
    "pii_leak_rate",
    "negative_sentiment_rate",
    "positive_sentiment_rate",
}


def rows_of(
    seed: int, contacts: int = 300, days: int = 17, site_timezone: str = "Asia/Shanghai", *, is_adjusted: bool = True
) -> list[KpiRow]:
    world = random_world(seed, contacts, days, site_timezone)
    policy = Policy(site_timezone=site_timezone)
    left_out = () if is_adjusted else ("adjustments",)
    rows = {stream: rows for stream, rows in world.rows.items() if stream not in left_out}
    return compute(behind_the_gate(rows), {"file_drop": world.as_of}, policy)


@pytest.fixture(scope="module")
def a_world() -> list[KpiRow]:
    return rows_of(1)


def test_the_same_seed_gives_the_same_rows(a_world: list[KpiRow]) -> None:
    assert compare(a_world, rows_of(1)) == []


def test_every_kpi_of_the_catalogue_occurs_with_facts(a_world: list[KpiRow]) -> None:
    pending = {"repurchase_rate", "cost_per_contact"}  # 90 days, and a month, are longer than these worlds
    rows = [*a_world, *rows_of(10), *rows_of(11)]
    assert {row.kpi for row in rows if row.sample_size} == set(CATALOGUE) - pending
    assert pending <= {row.kpi for row in rows if row.pending_size}


@pytest.mark.parametrize("seed", range(2, 7))
def test_the_outcomes_add_up_to_offered_on_each_day(seed: int) -> None:
    day: dict[object, dict[str, Decimal]] = defaultdict(dict)
    for row in rows_of(seed, 150, 8, is_adjusted=False):  # an adjustment may name one KPI of the sum alone
        if row.scope == "queue":
            day[row.service_date, row.scope_id, row.channel_group][f"{row.kpi} {row.variant}"] = row.numerator
            if row.kpi == "answered":
                day[row.service_date, row.scope_id, row.channel_group]["open"] = Decimal(row.pending_size)
    names = ("answered", "overflows", "flow_outs", "callbacks", "voicemails", "missed")
    for cells in day.values():
        parts = [cells.get(f"{name} default", Decimal(0)) for name in names]
        parts += [cells.get("abandon_rate seed", Decimal(0)), cells.get("open", Decimal(0))]
        assert cells.get("offered default", Decimal(0)) == sum(parts)


@pytest.mark.parametrize("site_timezone", ["Asia/Shanghai", "America/New_York"])
def test_members_of_a_scope_add_up_to_the_company(site_timezone: str) -> None:
    whole: dict[Where, list[Decimal]] = {}
    sums: dict[tuple[Where, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 4)
    for row in rows_of(7, 150, 8, site_timezone):
        parts = [row.numerator, row.denominator or Decimal(0), Decimal(row.sample_size), Decimal(row.pending_size)]
        where = (row.service_date, row.channel_group, row.kpi, row.variant)
        if row.scope == "company":
            whole[where] = parts
        else:
            sums[where, row.scope] = [a + b for a, b in zip(sums[where, row.scope], parts, strict=True)]
    for where, parts in whole.items():
        for scope in CATALOGUE[where[2]].scopes[1:]:
            if scope in ("team", "agent") and where[2] in OF_SEVERAL:
                continue
            assert sums[where, scope] == parts, (where, scope)


def test_rates_stay_between_nothing_and_all(a_world: list[KpiRow]) -> None:
    rates = [row.value for row in a_world if row.kpi.endswith("_rate") or row.kpi in ("fcr", "ocr", "csat", "service_level")]
    assert all(value is None or 0 <= value <= 1 for value in rates)


def test_a_repeat_in_any_channel_never_makes_first_contact_resolution_better(a_world: list[KpiRow]) -> None:
    fcr = {(row.service_date, row.scope, row.scope_id, row.channel_group): row for row in a_world if row.kpi == "fcr"}
    for row in a_world:
        if row.kpi == "ocr":
            other = fcr[row.service_date, row.scope, row.scope_id, row.channel_group]
            assert (row.denominator, row.pending_size) == (other.denominator, other.pending_size)
            assert row.numerator <= other.numerator


def test_a_world_becomes_files_that_the_file_drop_reads_back(tmp_path: Path) -> None:
    from deskmart.settings import Settings, SourceSettings
    from ingestion.mapping import load_mappings

    world = random_world(9, contacts=20)
    drop(world, tmp_path / "inbox", tmp_path / "mappings")
    settings = Settings(tmp_path, sources={"file_drop": SourceSettings("file_drop", {})})
    mappings = load_mappings(settings)
    assert {next(iter(mapping.streams)) for mapping in mappings} == set(world.rows)
    for path in (tmp_path / "inbox").iterdir():
        mapping = next(item for item in mappings if item.matches(path.name))
        assert mapping.interval_of(path.name) == (world.since, world.as_of)
        (stream,) = mapping.streams
        assert len(path.read_text(encoding="utf-8").splitlines()) == len(world.rows[stream])
