"""A month of a real bank's calls goes through file drop with a mapping alone; the marts agree with a count over the file.

The count below is written from the file's own columns in plain Python and shares no code with the pipeline.
"""

from __future__ import annotations

import csv
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from deskmart.batch import Batch, Interval
from deskmart.lake import Lake
from deskmart.settings import Settings, load_settings
from tests.warehouse.without_dbt import without_dbt

FILE = Path(__file__).parents[3] / "shared/data/anonymous_bank/february_1999.tsv"
MAPPING = Path(__file__).parent / "mappings/anonymous_bank.yml"
DAY, TOLERATED, PLAUSIBLE = 86_400, 10, 43_200
TARGET, SHORT = 20, 5

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the bank's data is not beside the repository")


@dataclass
class Counted:
    """What the file says, counted by hand."""

    fate: Counter[str] = field(default_factory=Counter)
    refused: dict[int, str] = field(default_factory=dict)
    legs: list[dict[str, Any]] = field(default_factory=list)


def clock(text: str) -> int:
    hours, minutes, seconds = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def after(earlier: int, later: int) -> int | None:
    """`later` in seconds since the day's midnight, put behind `earlier`; None when it cannot be."""
    while later + DAY <= earlier:
        later += DAY
    if later >= earlier:
        return later
    if earlier - later <= TOLERATED:
        return earlier
    return later + DAY if later + DAY - earlier <= PLAUSIBLE else None


def count() -> Counted:
    found = Counted()
    with FILE.open(newline="") as stream:
        for position, row in enumerate(csv.DictReader(stream, delimiter="\t")):
            queued = row["q_time"] != "0" or row["q_exit"] != "0:00:00"
            if row["outcome"] == "PHANTOM":
                found.fate["ghost call"] += 1
            elif row["outcome"] == "HANG" and not queued:
                found.fate["hung up in the voice unit"] += 1
            elif (leg := as_leg(row, queued)) is None:
                found.refused[position] = f"{row['vru+line']}-{row['call_id']}"
            else:
                found.legs.append(leg)
    return found


def as_leg(row: Mapping[str, str], queued: bool) -> dict[str, Any] | None:
    """Seconds since the midnight that began the call's date; None when its times contradict each other."""
    offered: int | None = clock(row["vru_exit"])
    assert offered is not None
    if queued:
        offered = after(offered, clock(row["q_start"]))
    assert offered is not None
    answered = ended = None
    has_service = row["ser_exit"] != "0:00:00"
    if row["outcome"] == "AGENT":
        answered = offered
        if queued or has_service:
            answered = after(offered, clock(row["q_exit"] if queued else row["ser_start"]))
        if answered is None:
            return None
        ended = after(answered, clock(row["ser_exit"])) if has_service else None
        if has_service and ended is None:
            return None
        wait = answered - offered
    else:
        left = after(offered, clock(row["q_exit"]))
        assert left is not None
        wait = left - offered
    return {
        "day": day_of(row["date"], offered),
        "ended_day": day_of(row["date"], ended) if ended is not None else None,
        "called_back": row["type"] == "TT",
        "answered": answered is not None,
        "wait": wait,
        "talk": int(row["ser_time"]) if ended is not None else None,
    }


def day_of(text: str, seconds: int) -> date:
    return (datetime.strptime(text, "%y%m%d") + timedelta(seconds=seconds)).date()


def parts(legs: list[dict[str, Any]]) -> dict[tuple[date, str, str], tuple[int, int | None]]:
    """(numerator, denominator) by day, KPI and variant."""
    sums: dict[tuple[date, str, str], list[int]] = defaultdict(lambda: [0, 0])

    def add(day: date, kpi: str, variant: str, numerator: int, denominator: int) -> None:
        sums[day, kpi, variant][0] += numerator
        sums[day, kpi, variant][1] += denominator

    for leg in legs:
        if leg["ended_day"] is not None:
            add(leg["ended_day"], "aht", "talk_hold", leg["talk"], 1)
        if leg["called_back"]:
            continue
        short = not leg["answered"] and leg["wait"] <= SHORT
        add(leg["day"], "offered", "default", 1, 0)
        add(leg["day"], "answered", "default", int(leg["answered"]), 0)
        add(leg["day"], "abandon_rate", "default", int(not leg["answered"] and not short), int(not short))
        add(leg["day"], "service_level", "offered", int(leg["answered"] and leg["wait"] <= TARGET), int(not short))
        if leg["answered"]:
            add(leg["day"], "asa", "default", leg["wait"], 1)
    return {key: (top, None if key[1] in ("offered", "answered") else bottom) for key, (top, bottom) in sums.items()}


@pytest.fixture(scope="module")
def counted() -> Counted:
    return count()


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with nothing but the file and its mapping."""
    home = tmp_path_factory.mktemp("bank")
    for folder, source in (("inbox/anonymous_bank", FILE), ("mappings", MAPPING)):
        (home / folder).mkdir(parents=True)
        shutil.copy2(source, home / folder)
    return load_settings(home, {"DESKMART_SITE_TIMEZONE": "Asia/Jerusalem", "DESKMART_TOKEN_KEY": "bank"})


@pytest.fixture(scope="module")
def admission(bank: Settings) -> Any:
    from expectations.gate import admit
    from ingestion.ingest import batches_of, ingest
    from ingestion.sources.file_drop import SOURCE

    interval = Interval.of_days(date(1999, 2, 1), date(1999, 3, 1), bank.zone)
    [batch] = batches_of(SOURCE, bank, interval)
    return admit(ingest(SOURCE, Batch.parse(str(batch)), bank), bank)


def test_every_row_is_accounted_for_with_its_reason(bank: Settings, admission: Any, counted: Counted) -> None:
    import pyarrow.parquet as pq

    assert admission.landed == 33_344
    assert admission.outside_reasons == dict(counted.fate)
    assert (admission.accepted, admission.quarantined, admission.duplicates) == (len(counted.legs), len(counted.refused), 0)
    batch = Batch(admission.source, admission.stream, None, None, admission.batch)
    quarantine = pq.read_table(Lake(bank.home).quarantine(batch, admission.attempt)).to_pylist()
    assert sorted(row["position"] for row in quarantine) == sorted(counted.refused)
    assert all(row["reasons"] for row in quarantine)


def test_accepted_legs_say_what_the_file_says(bank: Settings, admission: Any, counted: Counted) -> None:
    import duckdb

    waits = f"""
        select leg_kind, outcome, count(*), count(agent_id), count(customer_id_token), sum(talk_seconds)::bigint,
            sum(date_diff('second', offered_at, coalesce(case outcome when 'answered' then answered_at end, ended_at)))
        from read_parquet('{bank.home}/{admission.accepted_file}') group by all order by all
    """
    found = {(kind, outcome): (rows, talk, wait) for kind, outcome, rows, _, _, talk, wait in duckdb.sql(waits).fetchall()}
    expected = {}
    for kind, called_back in (("queue", False), ("callback", True)):
        for outcome, answered in (("answered", True), ("abandoned", False)):
            mine = [leg for leg in counted.legs if (leg["called_back"], leg["answered"]) == (called_back, answered)]
            talks = [leg["talk"] for leg in mine if leg["talk"] is not None]
            expected[kind, outcome] = (len(mine), sum(talks) if talks else None, sum(leg["wait"] for leg in mine))
    assert found == expected


@pytest.fixture(scope="module")
def published(bank: Settings, admission: Any) -> Iterator[Any]:
    import duckdb

    from deskmart.build import build
    from serving.publish import publish

    with without_dbt():
        publish(build(bank), bank)
    with duckdb.connect(str(Lake(bank.home).marts), read_only=True) as connection:
        yield connection


@pytest.mark.slow
def test_the_published_kpis_agree_with_the_count_per_day_and_in_total(published: Any, counted: Counted) -> None:
    expected = parts(counted.legs)
    rows = published.execute(
        """
        select service_date, kpi, variant, numerator, denominator, value
        from marts.mart_kpi_daily
        where scope = 'company' and channel_group = 'voice'
            and (kpi, variant) in (
                ('offered', 'default'), ('answered', 'default'), ('abandon_rate', 'default'), ('asa', 'default'),
                ('service_level', 'offered'), ('aht', 'talk_hold')
            )
        """
    ).fetchall()
    found = {(day, kpi, variant): (numerator, denominator) for day, kpi, variant, numerator, denominator, _ in rows}
    assert {key: value for key, value in found.items() if value[0] or value[1]} == {
        key: value for key, value in expected.items() if any(value)
    }
    for day, kpi, variant, numerator, denominator, value in rows:
        quotient = (
            Decimal(numerator) if denominator is None else Decimal(numerator) / Decimal(denominator) if denominator else None
        )
        exact = None if quotient is None else quotient.quantize(Decimal("0.000001"), ROUND_HALF_UP)
        assert (None if value is None else Decimal(str(value)).quantize(Decimal("0.000001"))) == exact, (day, kpi, variant)
    assert totals(found) == totals(expected)


def totals(of: Mapping[tuple[date, str, str], tuple[Any, Any]]) -> dict[tuple[str, str], tuple[int, int]]:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for (_, kpi, variant), (numerator, denominator) in of.items():
        sums[kpi, variant][0] += int(numerator)
        sums[kpi, variant][1] += int(denominator or 0)
    return {key: (top, bottom) for key, (top, bottom) in sums.items()}
