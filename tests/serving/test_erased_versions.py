"""An erasure rewrites every file of a kept version, under both names of a month, and leaves the rest of it as it was."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.suppression import suppress
from expectations.verify import verify
from serving.erasure import erase_from_versions
from serving.manifest import check_whole
from serving.parquet import footer_of
from serving.publish import publish
from serving.versions import published_anchors
from tests.unit.test_publish import a_home, put_candidate

GONE, STAYS = "phone:k1:" + "a" * 32, "phone:k1:" + "b" * 32
FACTS = f"""
    create table core.fct_orders as
        select date '2026-03-05' as paid_on, '{GONE}' as customer_key union all select date '2026-04-05', '{STAYS}';
    create table core.fct_contacts as select date '2026-03-05' as started_on, '{GONE}' as customer_key;
"""


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = a_home(tmp_path_factory.mktemp("home"))
    build = put_candidate(settings, 1)
    with duckdb.connect(str(Lake(settings.home).candidate)) as connection:
        connection.execute(FACTS)
    done = publish(build, settings)
    suppress(settings, "r1", [GONE], {})
    assert erase_from_versions(settings, "r1", {}, {}) == [done.publish_id]
    return settings


def keys_in(path: Path) -> set[str]:
    with duckdb.connect() as connection:
        query = f"select distinct customer_key from read_parquet('{path}', hive_partitioning = false)"
        return {key for (key,) in connection.execute(query).fetchall()}


def test_the_token_is_gone_from_whole_tables_and_months_alike(erased: Settings) -> None:
    folder = Lake(erased.home).published_current / "marts"
    orders, contacts = keys_in(folder / "fct_orders.parquet"), keys_in(folder / "fct_contacts.parquet")
    (surrogate,) = contacts
    assert orders == {surrogate, STAYS}
    assert surrogate != GONE
    assert keys_in(folder / "fct_orders" / "data_month=2026-03" / "fct_orders.parquet") == {surrogate}
    assert keys_in(folder / "fct_orders" / "data_month=2026-04" / "fct_orders.parquet") == {STAYS}
    assert keys_in(folder / "fct_contacts" / "data_month=2026-03" / "fct_contacts.parquet") == {surrogate}


def test_every_file_still_names_its_publish_and_the_version_is_whole(erased: Settings) -> None:
    version = Lake(erased.home).published_current.resolve()
    check_whole(version)
    with duckdb.connect() as connection:
        footers = [footer_of(connection, path) for path in (version / "marts").rglob("*.parquet")]
    assert {footer["deskmart.publish_id"] for footer in footers} == {version.name}
    assert all(footer["deskmart.build_id"] == "build-1" for footer in footers)
    assert [str(found) for found in verify(erased, published_anchors(erased)) if found.severity == "broken"] == []
