"""What the pretend shop's world knows of itself, against what the marts say after the whole way through its source systems.

Handling and queue KPIs, person by person invisible, must equal the truth as they are. First contact resolution and conversion depend
on who is recognised: for customers whom the systems let one recognise they must equal the truth, and what the others are worth is
printed.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest

from sandbox.generate import generate
from sandbox.serve import Shop
from sandbox.truth import CallLeg, HotlineCall
from sandbox.world import World
from tests.e2e.conftest import FIRST, Place, day, place, read_at
from tests.e2e.truth.identity import linkable
from tests.e2e.truth.records import Records, as_of, only_of, truth_records
from tests.oracle.compare import compare
from tests.oracle.kpis import compute, facts_of
from tests.oracle.reader import mart_rows
from tests.warehouse.without_dbt import without_dbt

pytestmark = pytest.mark.slow

TRUE_DAYS, PER_DAY = 14, 60  # conversion settles after 72 h + 7 d
SHORT_ABANDON = 5
HANDLED = ("queue", "direct", "transfer")
OFFERED = ("answered", "abandoned", "overflow", "flow_out", "callback", "voicemail", "missed")
Parts = dict[date, tuple[int, int]]
Counted = Counter[tuple[str, date, str, str]]  # KPI, day, channel group, "numerator" or "denominator"
SETTLED = [day(index) for index in range(TRUE_DAYS - 2)]  # wrap-up may come a day late
QUEUE_KPIS = ["offered", "answered", "abandon_rate", "short_abandons", "overflows", "flow_outs", "callbacks", "voicemails", "missed",
              "blocked", "answer_rate", "asa", "ring_time", "queue_time", "service_level", "service_level_contact", "contacts_offered",
              "customer_wait"]  # fmt: skip
HANDLING_KPIS = ["handled_volume", "contacts_handled", "talk_time", "hold_time", "acw_time", "aht", "aht_contact", "transfer_rate",
                 "concurrency", "aht_chat_adjusted", "tickets_worked"]  # fmt: skip
OF_PERSONS = ("fcr", "ocr", "inquiry_conversion")


@dataclass(frozen=True, slots=True)
class Truth:
    """The world, all its records, and the persons whom the systems let one recognise."""

    world: World
    records: Records
    linkable: frozenset[int]

    @property
    def end(self) -> int:
        return self.world.end

    @property
    def person_of(self) -> Mapping[str, int]:
        """Which person a contact or a ticket is of."""
        found = {}
        for stream, name in (("contact_legs", "contact_id"), ("tickets", "ticket_id")):
            for row in self.records[stream]:
                found[str(row[name])] = int(row["customer_id_token"].rpartition(" ")[2])
        return found


@pytest.fixture(scope="module")
def truth() -> Truth:
    world = World(3, FIRST, TRUE_DAYS, PER_DAY)
    return Truth(world, truth_records(world, world.end), linkable(world, world.end))


@pytest.fixture(scope="module")
def home(truth: Truth, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A home that read all of the world from its systems and files."""
    with Shop(truth.world, now=read_at(truth.world, TRUE_DAYS)) as shop:
        where = place(tmp_path_factory.mktemp("truth") / "home", shop)
        generate(truth.world, where.home, read_at(truth.world, TRUE_DAYS))
        with without_dbt():
            outcome = where.run(0, TRUE_DAYS)
    assert outcome.errors == {}
    return where


@pytest.fixture(scope="module")
def marts(home: Place) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(home.lake.marts.resolve()), read_only=True) as connection:
        yield connection


def parts_of(marts: duckdb.DuckDBPyConnection, kpi: str, variant: str, channel_group: str) -> Parts:
    rows = marts.execute(
        "select service_date, numerator, denominator from mart_kpi_daily "
        "where scope = 'company' and kpi = ? and variant = ? and channel_group = ?",
        [kpi, variant, channel_group],
    ).fetchall()
    return {service_date: (int(numerator), int(denominator)) for service_date, numerator, denominator in rows}


def local_day(world: World, moment: int) -> date:
    return world.calendar.local(moment).date()


def handled_legs(world: World) -> list[CallLeg]:
    return [
        leg for leg in world.truth.legs if leg.direction == "inbound" and leg.leg_kind in HANDLED and leg.outcome == "answered"
    ]


def hotline_calls(world: World) -> list[HotlineCall]:
    return [call for call in world.truth.hotline if not call.is_test]


def summed(amounts: Iterator[tuple[date, int]]) -> Parts:
    seconds, legs = Counter[date](), Counter[date]()
    for on, amount in amounts:
        seconds[on] += amount
        legs[on] += 1
    return {on: (seconds[on], legs[on]) for on in SETTLED}


def test_handle_time_of_calls_is_the_worlds(truth: Truth, marts: duckdb.DuckDBPyConnection) -> None:
    told = summed(
        (local_day(truth.world, leg.ended_at), (leg.talk_seconds or 0) + (leg.acw_seconds or 0))
        for leg in handled_legs(truth.world)
        if leg.queue_id is not None
    )
    found = parts_of(marts, "aht", "default", "voice")
    assert {on: found[on] for on in SETTLED} == told
    assert sum(legs for _, legs in told.values()) > 300


def test_handle_time_where_no_wrap_up_is_told_is_the_worlds(truth: Truth, marts: duckdb.DuckDBPyConnection) -> None:
    """The partner tells none, nor does the switch of calls that went straight to an agent."""
    direct = [(leg.ended_at, leg.talk_seconds or 0) for leg in handled_legs(truth.world) if leg.queue_id is None]
    partner = [(call.ended_at, call.talk_seconds or 0) for call in hotline_calls(truth.world) if call.outcome == "answered"]
    told = summed((local_day(truth.world, ended_at), talk) for ended_at, talk in (*direct, *partner))
    found = parts_of(marts, "aht", "talk_hold", "voice")
    assert {on: found[on] for on in SETTLED} == told
    assert sum(legs for _, legs in told.values()) > 10


def test_abandonment_of_calls_is_the_worlds(truth: Truth, marts: duckdb.DuckDBPyConnection) -> None:
    abandoned, base = Counter[date](), Counter[date]()
    offers = [
        (leg.offered_at, leg.outcome, leg.wait_seconds)
        for leg in truth.world.truth.legs
        if leg.direction == "inbound" and leg.leg_kind in ("queue", "direct") and leg.outcome in OFFERED
    ] + [(call.offered_at, call.outcome, call.ended_at - call.offered_at) for call in hotline_calls(truth.world)]
    for offered_at, outcome, wait in offers:
        on = local_day(truth.world, offered_at)
        is_short = outcome == "abandoned" and wait <= SHORT_ABANDON
        abandoned[on] += outcome == "abandoned" and not is_short
        base[on] += not is_short and outcome != "overflow"
    found = parts_of(marts, "abandon_rate", "default", "voice")
    assert {on: found[on] for on in SETTLED} == {on: (abandoned[on], base[on]) for on in SETTLED}
    assert sum(abandoned.values()) > 10


def test_the_worlds_days_are_the_marts_days(marts: duckdb.DuckDBPyConnection) -> None:
    days = {day(0) + timedelta(days=index) for index in range(TRUE_DAYS)}
    assert parts_of(marts, "abandon_rate", "default", "voice").keys() == days


def test_queue_and_handling_of_calls_and_chats_are_the_worlds(truth: Truth, marts: duckdb.DuckDBPyConnection) -> None:
    """Every scope, team and agent: the second implementation on what really happened."""
    last, scopes = SETTLED[-1], ("company", "channel", "queue", "agent")
    true = [row for row in compute(truth.records, as_of(truth.end)) if row.service_date <= last and row.scope in scopes]
    found = [row for row in mart_rows(marts, "mart_kpi_daily") if row.service_date <= last and row.scope in scopes]
    assert compare(true, found, {*QUEUE_KPIS, *HANDLING_KPIS}) == []
    assert sum(row.sample_size for row in true if (row.kpi, row.scope, row.channel_group) == ("aht", "company", "chat")) > 50


def true_counts(records: Records, end: int) -> Counted:
    """First contact resolution and conversion as they really were, by day and channel group."""
    counted: Counted = Counter()
    for part in facts_of(records, as_of(end)).parts:
        if part.kpi in OF_PERSONS:
            for name, amount in (("numerator", part.numerator), ("denominator", part.denominator)):
                counted[part.kpi, part.on, part.credit.channel_group or "", name] += int(amount)
    return +counted


def mart_counts(marts: duckdb.DuckDBPyConnection, truth: Truth, persons: Collection[int] | None = None) -> Counted:
    """The same from the facts behind the marts, of these persons' contacts alone, or of all."""
    counted: Counted = Counter()
    owner, keys = truth.person_of, dict[str, int]()
    for contact_id, ticket_id, key, group, on, base, resolved, anywhere in marts.execute(
        "select contact_id, ticket_id, person_key, channel_group, ended_on, is_fcr_base, is_first_contact_resolved, "
        "is_first_contact_resolved_anywhere from fct_contacts"
    ).fetchall():
        person = owner[contact_id if contact_id in owner else ticket_id]
        if key is not None:
            keys[key] = person
        if base and (persons is None or person in persons):
            for kpi, hit in (("fcr", resolved), ("ocr", anywhere)):
                counted[kpi, on, group, "denominator"] += 1
                counted[kpi, on, group, "numerator"] += hit
    for key, group, on, converted in marts.execute(
        "select person_key, channel_group, inquired_on, is_converted from fct_inquiries where is_inquirer"
    ).fetchall():
        if persons is None or keys[key] in persons:
            counted["inquiry_conversion", on, group, "denominator"] += 1
            counted["inquiry_conversion", on, group, "numerator"] += converted
    return +counted


def published_counts(marts: duckdb.DuckDBPyConnection) -> Counted:
    counted: Counted = Counter()
    for row in mart_rows(marts, "mart_kpi_daily"):
        if row.kpi in OF_PERSONS and row.scope == "company" and row.channel_group != "all":
            counted[row.kpi, row.service_date, row.channel_group, "numerator"] += int(row.numerator)
            counted[row.kpi, row.service_date, row.channel_group, "denominator"] += int(row.denominator or 0)
    return +counted


def test_resolution_and_conversion_of_recognisable_customers_are_the_worlds(
    truth: Truth, marts: duckdb.DuckDBPyConnection
) -> None:
    true = true_counts(only_of(truth.records, truth.linkable), truth.end)
    assert mart_counts(marts, truth, truth.linkable) == true
    for kpi, least in (("fcr", 150), ("ocr", 150), ("inquiry_conversion", 30)):
        assert total(true, kpi, "denominator") > least
        assert 0 < total(true, kpi, "numerator") < total(true, kpi, "denominator")


def test_what_unrecognised_customers_are_worth(
    truth: Truth, marts: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rest of the gap to the truth lies with customers who cannot be recognised, and is told apart."""
    found = mart_counts(marts, truth)
    assert found == published_counts(marts)
    true, known = true_counts(truth.records, truth.end), true_counts(only_of(truth.records, truth.linkable), truth.end)
    active = set(truth.person_of.values())
    lines = [f"{len(active & truth.linkable)} of {len(active)} customers are recognisable by what the systems tell"]
    for kpi in OF_PERSONS:
        lines.append(f"{kpi:20} {told('recognisable', known, kpi)}; {told('marts', found, kpi)}; {told('truth', true, kpi)}")
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    for kpi in OF_PERSONS:
        assert total(known, kpi, "denominator") < total(true, kpi, "denominator")
    assert 0 < len(active & truth.linkable) < len(active)


def total(counted: Counted, kpi: str, name: str) -> int:
    return sum(amount for key, amount in counted.items() if key[0] == kpi and key[3] == name)


def told(name: str, counted: Counted, kpi: str) -> str:
    above, below = total(counted, kpi, "numerator"), total(counted, kpi, "denominator")
    return f"{name} {above} / {below} = {Decimal(above) / Decimal(below or 1):.4f}"
