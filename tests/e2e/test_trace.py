"""Traces over a home that has marts: every KPI and mart, what was spoilt, what is gone, what may not be on the page."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from deskmart.erasure import erase
from deskmart.errors import UsageError
from deskmart.retention import retire_raw
from expectations.persons import person_of
from expectations.tracing.facts import recompute
from expectations.tracing.marts import marts, row_of
from expectations.tracing.page import page
from expectations.tracing.records import source_records
from expectations.tracing.remade import remake
from expectations.tracing.sample import sample
from expectations.tracing.trace import Trace, trace, warehouse
from tests.e2e.conftest import Place

pytestmark = pytest.mark.slow

FIGURE = ("mart_kpi_daily", "answer_rate", "2026-03-03", "channel_group=voice")


def traced(where: Place, mart: str = FIGURE[0], *words: str) -> Trace:
    return trace(where.settings, mart, words or FIGURE[1:])


def change(where: Place, statement: str) -> None:
    with duckdb.connect(str(where.lake.current)) as connection:
        connection.execute(statement)


def test_a_figure_is_traced_to_its_raw_bytes(all_at_once: Place) -> None:
    found = traced(all_at_once)
    (figure,) = found.figures
    # the world's third day: 26 offered calls, two of which nobody answered
    assert (figure.parts.numerator, figure.parts.denominator, len(found.fact_rows)) == (24, 26, 26)
    assert {proof.state for proof in found.raw} == {"same"}
    assert {proof.address.stream for proof in found.raw} == {"queue_log", "cdr"}
    led = {lead for one in found.records for lead in one.leads}
    assert led == {(row.fact, row.place) for row in found.fact_rows}
    assert [line.step for line in found.lines] == ["admit", "admit", "publish"]
    assert all(one.rules and one.counts["landed"] for one in found.rules)
    for call, answered in [(row.key.split(":")[1], row.adds.numerator) for row in found.fact_rows]:
        lines = [proof.payload for proof in found.raw if f"|{call}|".encode() in proof.payload]
        assert any(b"|CONNECT|" in line for line in lines) == bool(answered)


def test_every_kpi_is_what_its_fact_rows_add_up_to_and_leads_to_records(all_at_once: Place) -> None:
    with warehouse(all_at_once.settings) as connection:
        names = [row[0] for row in connection.execute("describe marts.mart_kpi_weekly").fetchall()]
        rows = connection.execute(
            "select * from marts.mart_kpi_weekly where sample_size > 0 or pending_size > 0 "
            "qualify row_number() over (partition by kpi, variant, scope order by sample_size desc, scope_id, period_start) = 1"
        ).fetchall()
        assert len({row[names.index("kpi")] for row in rows}) > 60
        for row in rows:
            (figure,) = row_of(connection, "mart_kpi_weekly", dict(zip(names, row, strict=True))).figures
            found = recompute(connection, figure)
            assert found.differences == (), figure
            if figure.scope != "company":
                continue
            led = {lead for one in source_records(connection, all_at_once.lake, found.rows) for lead in one.leads}
            assert [fact for fact in found.rows if (fact.fact, fact.place) not in led] == [], figure


def test_rows_drawn_of_every_mart_agree_down_to_the_bytes(all_at_once: Place) -> None:
    drawn = sample(all_at_once.settings, seed=20260303, rows=40)
    assert [(one.name, one.differences) for one in drawn if one.differences] == []
    assert sum(one.remade for one in drawn) > 100
    assert len({one.trace.mart.mart for one in drawn}) > 8
    again = sample(all_at_once.settings, seed=20260303, rows=3)
    assert [one.name for one in again] == [one.name for one in drawn[:3]]


@pytest.mark.parametrize("mart", list(marts()))
def test_a_row_of_any_mart_is_traced_by_its_key(mart: str, all_at_once: Place) -> None:
    with warehouse(all_at_once.settings) as connection:
        names = [row[0] for row in connection.execute(f"describe marts.{mart}").fetchall()]
        found = connection.execute(f"select * from marts.{mart} order by all limit 1 offset 3").fetchall()
    if not found:
        pytest.skip("the mart has no rows in this world")
    row = dict(zip(names, found[0], strict=True))
    done = traced(all_at_once, mart, *(f"{name}={row[name]}" for name in marts()[mart]["key"]))
    assert done.mart.row == row
    assert done.is_sound, [one.differences for one in done.figures]
    assert done.figures or done.rules or mart.startswith("mart_wide") or mart.startswith("mart_monthly_closed")


def test_a_changed_fact_is_told_of(a_copy: Place) -> None:
    change(a_copy, "update core.fct_contact_legs set is_answered_offered = false where offered_on = date '2026-03-03'")
    (figure,) = traced(a_copy).figures
    assert figure.differences[0] == "numerator: mart says 24, recomputed 0"
    told = a_copy.deskmart("audit", "trace", *FIGURE)
    assert told.code == 1
    assert "NOT SOUND" in told.out


def test_a_changed_figure_is_told_of_by_a_sample(a_copy: Place) -> None:
    changed = {"mart_wide_daily": "offered", "mart_kpi_daily": "sample_size", "mart_kpi_weekly": "sample_size"}
    for mart, column in changed.items():
        change(a_copy, f"update marts.{mart} set {column} = {column} + 1")
    drawn = [one for one in sample(a_copy.settings, seed=5, rows=30) if one.trace.mart.mart in changed]
    assert drawn
    assert all(one.differences for one in drawn)


def test_a_landed_page_that_changed_or_is_gone_is_told_of(a_copy: Place) -> None:
    (calls,) = a_copy.home.glob("landing/asterisk/cdr/*/*/page-*")
    calls.write_bytes(gzip.compress(gzip.decompress(calls.read_bytes()).replace(b"ANSWERED", b"ANSWERER", 1)))
    for lines in a_copy.home.glob("landing/asterisk/queue_log/*/*/page-*"):
        lines.unlink()
    found = traced(a_copy)
    assert {(proof.address.stream, proof.state) for proof in found.raw} == {("cdr", "changed"), ("queue_log", "missing")}
    assert not found.is_sound


def test_beyond_the_retention_a_trace_says_where_it_ends(a_copy: Place) -> None:
    settings = replace(a_copy.settings, landing_days=30)
    assert retire_raw(settings, datetime.now(UTC) + timedelta(days=31)).landing > 0
    found = traced(a_copy)
    assert {proof.state for proof in found.raw} == {"removed"}
    assert found.is_sound, "it is gone on purpose"
    assert any("retention was over" in sentence for sentence in found.reach)
    assert "retention" in {line.step for line in found.lines}


def test_records_of_an_erased_customer_are_tombstones_and_the_figure_stays(a_copy: Place) -> None:
    with duckdb.connect(str(a_copy.lake.current), read_only=True) as connection:
        ((token,),) = connection.execute(
            "select customer_phone_token from intermediate.int_contact_legs_unioned as legs "
            "join core.fct_contact_legs as facts using (contact_leg_id) "
            "where facts.offered_on = date '2026-03-03' and facts.is_answered_offered and legs.source_system = 'asterisk' "
            "and customer_phone_token is not null order by contact_leg_id limit 1"
        ).fetchall()
    before = traced(a_copy)
    erase(person_of(token, a_copy.settings), a_copy.settings, "Wang Min", "R-1")
    found = traced(a_copy)
    assert found.figures[0].parts == before.figures[0].parts
    assert {proof.state for proof in found.raw} == {"same", "erased"}
    assert len(found.raw) == len(before.raw)
    assert found.is_sound
    assert any("erased at a customer's request" in sentence for sentence in found.reach)
    assert "erased" in {line.step for line in found.lines}
    assert remake(found.raw, a_copy.settings)[1] == []


def test_an_accepted_value_that_its_bytes_do_not_say_is_found(a_copy: Place) -> None:
    (path,) = a_copy.home.glob("accepted/asterisk/queue_log/*/*.parquet")
    table = pq.read_table(path)
    place = table.column_names.index("wait_seconds")
    longer = pc.if_else(pc.is_valid(table["wait_seconds"]), pa.scalar(Decimal("0.5"), table["wait_seconds"].type), None)
    pq.write_table(table.set_column(place, table.schema.field("wait_seconds"), longer), path)
    found = traced(a_copy)
    assert found.is_sound, "facts and bytes agree; it is the file between that was changed"
    rows, differences = remake(found.raw, a_copy.settings)
    assert rows == len(found.raw)
    assert differences
    assert all(text.endswith("wait_seconds is not what its bytes say") for text in differences)


def test_the_page_holds_no_data_of_a_customer_fetches_nothing_and_escapes_everything(all_at_once: Place) -> None:
    found = traced(all_at_once)
    hostile = "<img src=x onerror=alert(1)>\u202e'\"{{7*7}}"
    spoilt = replace(found, mart=replace(found.mart, key={**found.mart.key, hostile: hostile}), reach=(hostile,))
    text = page(spoilt)
    assert "<img" not in text
    assert "\u202e" not in text
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "")
    assert b"+8613000000002" in b"".join(proof.payload for proof in found.raw)
    assert "13000000002" not in text


def test_as_json_everything_is_there_and_masked(all_at_once: Place) -> None:
    told = all_at_once.deskmart("audit", "trace", *FIGURE, "--json")
    content: dict[str, Any] = json.loads(told.out)
    assert (told.code, content["is_sound"], len(content["fact_rows"])) == (0, True, 26)
    assert content["figures"][0]["recomputed"]["value"] == "0.923077"
    assert all(one["sha256_now"] == one["sha256_accepted"] for one in content["records"])
    assert "13000000002" not in told.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("mart_nothing",), "mart_kpi_daily", id="no such mart"),
        pytest.param(("mart_kpi_daily", "answer_rate", "2026-03-03"), "channel_group=voice", id="several rows"),
        pytest.param(("mart_kpi_daily", "answer_rate", "1999-01-01"), "no row", id="no row"),
        pytest.param(("mart_kpi_daily", "nonsense=1"), "no column", id="no such column"),
    ],
)
def test_a_key_that_names_no_single_row_is_told_with_what_to_do(words: tuple[str, ...], says: str, all_at_once: Place) -> None:
    with pytest.raises(UsageError) as told:
        trace(all_at_once.settings, words[0], words[1:])
    assert says in str(told.value)


def test_a_home_without_a_publish_is_told_of(tmp_path: Path, all_at_once: Place) -> None:
    with pytest.raises(UsageError, match="nothing is published"):
        trace(replace(all_at_once.settings, home=tmp_path), FIGURE[0], FIGURE[1:])
