"""Erasing a customer in a home that was filled the whole way: no number moves, nothing of them is left, nothing comes back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from deskmart.batch import Interval
from deskmart.erasure import Erased, erase, sweep
from deskmart.lake import Lake
from deskmart.pipeline import Outcome, land_source, publish_build, validate_attempts
from expectations.persons import Person, person_of
from expectations.verify import verify
from ingestion.registry import all_sources
from sandbox.serve import Shop
from sandbox.world import World
from serving.manifest import check_whole
from serving.parquet import footer_of
from serving.versions import published_anchors
from tests.e2e.conftest import DAYS, READ_AFTER, Place, day
from tests.e2e.test_secrecy import texts_of
from tests.warehouse.without_dbt import without_dbt

pytestmark = pytest.mark.slow

OTHERS = ("inbox", "asterisk")  # what people and other systems keep
_MOST_LINKED = """
    select any_value(token) from intermediate.int_persons_resolved
    where not is_shared
    group by person_key
    order by count(distinct split_part(token, ':', 1)) desc, count(*) desc, person_key
    limit 1
"""


@dataclass(frozen=True, slots=True)
class Gone:
    """A home in which a customer was erased: whom, what was told, their data in clear, the digests before."""

    place: Place
    person: Person
    done: Erased
    clear: frozenset[str]
    digests: dict[str, str]


def broken(where: Place) -> list[str]:
    found = verify(where.settings, published_anchors(where.settings))
    return [f"{one.subject}: {one.message}" for one in found if one.severity == "broken"]


def found_in(where: Place, *kinds: frozenset[str]) -> list[set[str]]:
    """For each kind of marks the files of the home, those of others left out, in which any of them stands."""
    found: list[set[str]] = [set() for _ in kinds]
    for path in sorted(where.home.rglob("*")):
        if path.is_file() and path.relative_to(where.home).parts[0] not in OTHERS:
            for text in texts_of(path):
                for here, marks in zip(found, kinds, strict=True):
                    if any(mark in text for mark in marks):
                        here.add(path.relative_to(where.home).as_posix())
    return found


def figures(digests: dict[str, str]) -> dict[str, str]:
    """The digests without that of the gate's own counts, which a further landing moves."""
    return {name: digest for name, digest in digests.items() if name != "mart_kpi_coverage"}


def clear_data(where: Place, world: World, person: Person) -> frozenset[str]:
    """What of the world's customers leads to this person's tokens: phone, e-mail, account."""
    found: set[str] = set()
    for customer in world.people:
        texts = {text for text in (customer.phone, customer.email, customer.platform_id) if text}
        if any(token in person.tokens for text in texts for token in tokens(text, where)):
            found |= {text.removeprefix("+86") for text in texts}
    return frozenset(found)


def tokens(text: str, where: Place) -> Iterator[str]:
    from expectations.persons import _candidates

    yield from _candidates(text, where.settings, "")


@pytest.fixture(scope="module")
def gone(all_at_once: Place, the_world: World, tmp_path_factory: pytest.TempPathFactory) -> Gone:
    home = tmp_path_factory.mktemp("erased") / "home"
    shutil.copytree(all_at_once.home, home, symlinks=True)
    where = Place(home, {**all_at_once.variables, "DESKMART_ASTERISK_PATH": str(home / "asterisk")})
    with duckdb.connect(str(Lake(home).current), read_only=True) as connection:
        (token,) = connection.execute(_MOST_LINKED).fetchone() or ("",)
    person = person_of(token, where.settings)
    assert person.is_linked and len(person.tokens) >= 4
    clear = clear_data(where, the_world, person)
    assert len(clear) >= 2
    by_clear, by_token = found_in(where, clear, person.tokens)
    assert {name.split("/")[0] for name in by_clear} >= {"landing"}
    assert {name.split("/")[0] for name in by_token} >= {"accepted", "published", "warehouse"}
    digests = where.digests
    return Gone(where, person, erase(person, where.settings, "Ann"), clear, digests)


def test_nothing_of_the_customer_is_left(gone: Gone) -> None:
    assert gone.done.records > 5 and gone.done.versions
    assert gone.done.leftovers == []
    assert found_in(gone.place, gone.person.tokens, gone.clear) == [set(), set()]
    assert broken(gone.place) == []


def test_rewritten_versions_are_whole_and_their_parquet_files_still_name_their_publish(gone: Gone) -> None:
    for publish_id in gone.done.versions:
        version = gone.place.lake.published / "versions" / publish_id
        check_whole(version)
        with duckdb.connect() as connection:
            for path in version.rglob("*.parquet"):
                assert footer_of(connection, path)["deskmart.publish_id"] == publish_id


def test_a_file_that_the_erasure_changed_is_still_watched(gone: Gone) -> None:
    pages = sorted(path for path in (gone.place.home / "landing").rglob("page-*~*.gz"))
    assert pages
    before = pages[0].read_bytes()
    pages[0].write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    assert len(broken(gone.place)) == 1
    pages[0].write_bytes(before)
    assert broken(gone.place) == []


def test_an_overlap_read_does_not_bring_the_customer_back_and_no_number_moves(gone: Gone, a_shop: Shop, the_world: World) -> None:
    a_shop.show(the_world.calendar.midnight(DAYS) + READ_AFTER)
    overlap = Interval.of_days(day(DAYS - 6), day(DAYS), gone.place.settings.zone)
    for source in all_sources().values():
        validate_attempts(land_source(source, gone.place.settings, overlap), gone.place.settings)

    by_token, came_again = found_in(gone.place, gone.person.tokens, gone.clear)
    assert by_token == set()
    assert came_again and {name.split("/")[0] for name in came_again} <= {"landing", "quarantine"}
    assert sweep(gone.place.settings).records > 0
    assert found_in(gone.place, gone.clear) == [set()]
    assert broken(gone.place) == []

    rebuilt = Outcome()
    with without_dbt():
        publish_build(gone.place.settings, rebuilt)
    assert rebuilt.publish_id
    assert figures(gone.place.digests) == figures(gone.digests)
    assert found_in(gone.place, gone.person.tokens) == [set()]
    assert broken(gone.place) == []
    assert sweep(gone.place.settings).attempts == 0


def test_without_the_suppression_list_an_overlap_read_would_bring_the_token_back(gone: Gone, a_shop: Shop, is_soak: bool) -> None:
    if not is_soak:
        pytest.skip("a whole run that shows that the test before can fail: in `make soak`")
    for path in Lake(gone.place.home).erasures.glob("*.json"):
        path.unlink()
    gone.place.run(DAYS - 5, DAYS)
    assert found_in(gone.place, gone.person.tokens)[0]
    assert [line for line in broken(gone.place) if "audit/erasures/" in line]


def test_who_is_named_in_clear_is_who_is_named_by_token(gone: Gone, all_at_once: Place) -> None:
    phone = next(text for text in gone.clear if text.isdigit() and len(text) == 11)
    assert person_of(phone, all_at_once.settings) == gone.person
    assert Path(all_at_once.home).is_dir()
