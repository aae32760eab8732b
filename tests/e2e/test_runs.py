"""The main job over the pretend shop: in parts or at once, again, and with systems that are down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from deskmart.pipeline import Outcome
from sandbox.generate import generate
from sandbox.serve import Shop
from sandbox.world import World
from tests.e2e.conftest import DAYS, TWO_THIRDS, Place, Told, day, place, read_at
from tests.oracle.check import differences_in_marts
from tests.oracle.compare import by_kpi
from tests.oracle.reader import source_as_of
from tests.warehouse.without_dbt import without_dbt

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Course:
    """A home's history: two thirds of the days; the rest while Zendesk is down; the rest again when it is back; once more."""

    place: Place
    begun: Outcome
    begun_version: str
    begun_digests: dict[str, str]
    outage: Told
    outage_freshness: dict[str, tuple[Any, ...]]
    outage_days: dict[str, tuple[Any, Any]]
    mended: Outcome
    again: Outcome


@pytest.fixture(scope="module")
def the_course(the_world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    home = tmp_path_factory.mktemp("parts") / "home"
    two_thirds, end = read_at(the_world, TWO_THIRDS), read_at(the_world, DAYS)
    with Shop(the_world, now=two_thirds) as shop:
        where = place(home, shop)
        generate(the_world, home, two_thirds)
        with without_dbt():
            begun = where.run(0, TWO_THIRDS)
        begun_version, begun_digests = where.lake.published_current.readlink().name, where.digests
        shop.show(end)
        generate(the_world, home, end)
        shop.stop("zendesk")
        outage = where.deskmart("run", "--since", str(day(TWO_THIRDS)), "--until", str(day(DAYS)), dbt=False)
        freshness = {row[0]: row for row in rows(where, "select source, as_of, behind_seconds from mart_data_freshness")}
        days = {row[0]: row[1:] for row in rows(where, OFFERED_DAYS)}
    with Shop(the_world, now=end) as shop:
        where = place(home, shop)
        with without_dbt():
            mended, again = where.run(TWO_THIRDS, DAYS), where.run(TWO_THIRDS, DAYS)
        yield Course(where, begun, begun_version, begun_digests, outage, freshness, days, mended, again)


OFFERED_DAYS = """
    select channel_group, min(service_date), max(service_date) from mart_kpi_daily
    where kpi in ('offered', 'tickets_created') and scope = 'company' and numerator > 0 group by all
"""


def rows(where: Place, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(where.lake.marts.resolve()), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.execute(query).fetchall()


def test_two_thirds_then_the_rest_gives_the_same_marts_as_all_at_once(the_course: Course, all_at_once: Place) -> None:
    """What was read at once was built by dbt, the other by the same models without it: so both ways of building agree, too."""
    assert the_course.begun.errors == the_course.mended.errors == {}
    assert the_course.place.digests == all_at_once.digests
    assert the_course.begun_digests != all_at_once.digests


def test_the_marts_hold_contacts_of_every_channel(all_at_once: Place) -> None:
    found = rows(all_at_once, "select channel_group, count(*) from fct_contact_legs where is_offered group by all")
    assert {"voice", "chat"} <= {group for group, count in found if count > 20}
    ((tickets,),) = rows(all_at_once, "select count(*) from fct_tickets")
    assert tickets > 20


def test_every_row_of_the_kpi_marts_is_as_the_second_implementation_has_it(all_at_once: Place) -> None:
    with duckdb.connect(str(all_at_once.lake.current), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        found = differences_in_marts(connection, source_as_of(connection))
    assert found == [], by_kpi(found)


def test_nothing_of_the_world_is_refused_and_every_attempt_balances(the_course: Course) -> None:
    for admission in (*the_course.begun.admissions, *the_course.mended.admissions):
        assert admission.landed == admission.accepted + admission.quarantined + admission.duplicates + admission.outside
        assert admission.quarantined == 0, (admission.stream, admission.reasons)


def test_each_run_that_published_has_its_page_of_the_report(the_course: Course) -> None:
    pages = {path.stem for path in (the_course.place.lake.audit / "report" / "runs").glob("*.html")}
    builds = {run.build.build_id for run in (the_course.begun, the_course.mended) if run.build is not None}
    assert len(builds) == 2 and builds <= pages


def test_a_second_run_builds_nothing_and_changes_no_number(the_course: Course, all_at_once: Place) -> None:
    assert the_course.again.build is not None
    assert not the_course.again.build.is_new
    assert the_course.again.publish_id is None
    assert the_course.place.digests == all_at_once.digests


def test_with_zendesk_down_the_run_is_done_in_part_and_says_so_in_one_line(the_course: Course) -> None:
    assert the_course.outage.code == 3, the_course.outage
    (line,) = [line for line in the_course.outage.err.splitlines() if line.startswith("deskmart: ")]
    assert line.startswith("deskmart: zendesk")
    assert line.endswith(")"), "says what to do"
    assert "Traceback" not in the_course.outage.err
    assert "published" in the_course.outage.out


def test_with_zendesk_down_the_other_systems_are_new_and_freshness_shows_who_is_behind(the_course: Course) -> None:
    behind = {source: seconds for source, (_, _, seconds) in the_course.outage_freshness.items()}
    assert behind["zendesk"] == (DAYS - TWO_THIRDS) * 86_400
    assert behind["asterisk"] == behind["chatwoot"] == behind["file_drop"] == 0
    assert the_course.outage_days["voice"][1] == day(DAYS - 1)
    assert the_course.outage_days["chat"][1] == day(DAYS - 1)


def test_with_everything_down_nothing_published_changes(all_at_once: Place, a_copy: Place) -> None:
    nobody = {
        "DESKMART_ZENDESK_URL": "http://127.0.0.1:9",
        "DESKMART_CHATWOOT_URL": "http://127.0.0.1:9",
        "DESKMART_ASTERISK_PATH": str(a_copy.home / "nowhere"),
    }
    alone = Place(a_copy.home, {**a_copy.variables, **nobody})
    before = published_bytes(alone.lake.published_current)

    told = alone.deskmart("run", "--since", str(day(0)), "--until", str(day(DAYS)))

    assert told.code == 3, told
    lines = [line for line in told.err.splitlines() if line.startswith("deskmart: ")]
    assert [line.split()[1].split("/")[0].rstrip(":") for line in lines] == ["zendesk", "asterisk", "chatwoot"]
    assert all(line.endswith(")") for line in lines), "says what to do"
    assert "nothing new" in told.out
    assert published_bytes(alone.lake.published_current) == before


def published_bytes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
