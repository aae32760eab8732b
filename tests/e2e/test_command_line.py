"""The command line over a home that has marts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from deskmart.lake import Lake
from tests.e2e.conftest import DAYS, Place, day

pytestmark = pytest.mark.slow


def test_kpis_are_shown_in_english_and_in_chinese(all_at_once: Place) -> None:
    english = all_at_once.deskmart("kpi", "offered", "aht", "--since", str(day(0)), "--until", str(day(DAYS)))
    chinese = all_at_once.deskmart("kpi", "offered", "aht", "--lang", "zh")
    assert english.code == chinese.code == 0
    assert "offered" in english.out
    assert "voice" in english.out
    assert "进线量" in chinese.out
    assert "电话" in chinese.out


def test_kpis_as_json_are_the_marts_parts_re_summed(all_at_once: Place) -> None:
    import duckdb

    told = all_at_once.deskmart("kpi", "offered", "answered", "answer_rate", "--scope", "queue", "--json")
    lines = json.loads(told.out)
    with duckdb.connect(str(all_at_once.lake.marts.resolve()), read_only=True) as connection:
        found = connection.execute(
            "select kpi, scope_id, channel_group, sum(numerator)::double, sum(denominator)::double from mart_kpi_daily "
            "where scope = 'queue' and kpi in ('offered', 'answered', 'answer_rate') group by all"
        ).fetchall()
    assert {
        (line["kpi"], line["scope_id"], line["channel_group"], line["numerator"], line["denominator"]) for line in lines
    } == set(found)
    for line in lines:
        if line["kpi"] == "answer_rate" and line["denominator"]:
            assert line["value"] == pytest.approx(line["numerator"] / line["denominator"])


def test_an_unknown_kpi_is_told_with_the_known_ones(all_at_once: Place) -> None:
    told = all_at_once.deskmart("kpi", "ath")
    assert told.code == 2
    assert "aht" in told.err


def test_status_shows_every_stream_and_how_far_it_was_told(all_at_once: Place) -> None:
    told = all_at_once.deskmart("status")
    assert told.code == 0
    for name in ("zendesk", "asterisk", "chatwoot", "file_drop", "queue_log", "tickets", f"{day(DAYS)} 00:00"):
        assert name in told.out


def changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("landing/zendesk/tickets/*/*/page-*", id="a landed page"),
        pytest.param("accepted/asterisk/queue_log/*/*.parquet", id="an accepted file"),
        pytest.param("audit/ledger/chain.jsonl", id="a line of the ledger"),
    ],
)
def test_audit_verify_finds_one_changed_byte(pattern: str, a_copy: Place) -> None:
    assert a_copy.deskmart("audit", "verify").code == 0
    (path, *_) = sorted(a_copy.home.glob(pattern))
    changed(path)
    told = a_copy.deskmart("audit", "verify")
    assert told.code == 1
    assert re.search(r"^[1-9]\d* broken", told.out)
    place = path.parent if pattern.startswith("landing") else path
    assert (place.relative_to(a_copy.home).as_posix() if "ledger" not in pattern else "chain line") in told.err


def test_audit_verify_finds_a_ledger_that_was_cut(a_copy: Place) -> None:
    path = Lake(a_copy.home).ledger / "chain.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    told = a_copy.deskmart("audit", "verify")
    assert told.code == 1
    assert "anchor" in told.err


def test_the_auditors_page_is_written(a_copy: Place) -> None:
    told = a_copy.deskmart("audit", "report")
    assert told.code == 0
    assert Path(told.out.removeprefix("wrote ").strip()).exists()
