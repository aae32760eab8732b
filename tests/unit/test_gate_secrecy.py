"""What leaves the gate holds nothing of a customer, and what is shown to people runs nowhere."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from deskmart.batch import Batch
from deskmart.errors import GateError, UsageError
from deskmart.settings import Settings
from expectations import ledger
from expectations.gate import admit
from expectations.quarantine import list_heaps, list_refusals, mask, show
from expectations.report import write_report
from tests.unit.gate_world import a_book, a_call, a_home, admitted, landed

CANARY = {"phone": "+86 138 0013 8000", "email": "Canary.Bird@secret.example", "note": "my canary lives at 7 Secret Street"}
TRACES = ("13800138000", "138 0013", "canary", "secret", "Secret")


@pytest.fixture
def a_day(tmp_path: Path) -> Settings:
    """A canary customer in accepted, quarantined (by rule and by conforming), duplicate and outside records."""
    home = a_home(tmp_path)
    calls = [
        a_call(1, **CANARY),
        a_call(1, **CANARY),
        a_call(2, **CANARY, wait_seconds=-1),
        a_call(3, **{**CANARY, "phone": "canary 13800138000"}),
        a_call(4, **{**CANARY, "email": "canary at secret"}),
        a_call(5, **CANARY, offered_at="2024-04-01T00:00:00Z"),
        a_call(6, **CANARY, outcome="canary secret"),
    ]
    admitted(home, calls, b'{"phone": "13800138000", canary')
    ledger.seal(home, "build", {})
    write_report(home)
    return home


def test_canary_data_is_only_in_landing_and_quarantine(a_day: Settings) -> None:
    searched = 0
    for path in a_day.home.rglob("*"):
        if path.is_dir() or path.relative_to(a_day.home).parts[0] in ("landing", "quarantine"):
            continue
        content = path.read_bytes() if path.suffix != ".parquet" else repr(pq.read_table(path).to_pylist()).encode()
        text = content.decode("utf-8", "replace")
        assert [trace for trace in TRACES if trace in text] == [], path
        searched += 1
    assert searched >= 5


def test_quarantine_is_listed_by_reason_and_shown_masked(a_day: Settings) -> None:
    heaps = {heap.reason: heap.records for heap in list_heaps(a_day)}
    assert heaps == {
        "wait_seconds_out_of_range": 1,
        "phone is not a phone number": 1,
        "email is not an email": 1,
        "outcome_unmapped": 1,
        "page is not JSON": 1,
    }
    for refusal in list_refusals(a_day):
        assert not any(trace in show(a_day, refusal.id)[1] for trace in TRACES if refusal.reasons != ("page is not JSON",))
    (refusal,) = list_refusals(a_day, "shop", "calls", "outcome_unmapped")
    shown, text = show(a_day, refusal.id, in_clear=True)
    assert (shown, json.loads(text)["outcome"]) == (refusal, "canary secret")
    assert list(json.loads(show(a_day, refusal.id)[1])) == sorted(a_call(1))


@pytest.mark.parametrize("name", ["nonsense", "shop/calls/x/00001/1/0", "shop/calls/../../1/0", "shop/calls/b/00001/one/0"])
def test_a_record_that_is_not_in_quarantine_is_a_usage_error(name: str, a_day: Settings) -> None:
    with pytest.raises(UsageError):
        show(a_day, name)


def test_masking_keeps_the_shape_only() -> None:
    assert (
        mask('{"phone": "138-1", "n": 12, "ok": true, "l": [null, "张三"]}')
        == '{"phone": "•••-•", "n": "••", "ok": true, "l": [null, "••"]}'
    )
    assert mask("a;b@c.d") == "•;•@•.•"


HOSTILE = "<img src=x onerror=document.title='run'><script>document.title='run'</script>"


@pytest.fixture
def a_hostile_report(tmp_path: Path) -> Path:
    home = a_home(tmp_path)
    batch = Batch("shop", "calls", None, None, f"f{HOSTILE.replace('/', '')}")
    admit(landed(home, [a_call(1, outcome=HOSTILE), a_call(2, agent_id=HOSTILE)], batch=batch), home, a_book())
    return write_report(home)


def test_the_report_is_one_page_without_scripts_and_addresses(a_hostile_report: Path) -> None:
    tags: list[tuple[str, dict[str, str | None]]] = []

    class Collector(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append((tag, dict(attrs)))

    for path in (a_hostile_report, *(a_hostile_report.parent / "runs").iterdir()):
        text = path.read_text(encoding="utf-8")
        Collector().feed(text)
        assert not {tag for tag, _ in tags} & {"script", "img", "link", "iframe", "object", "form", "base"}
        assert not [name for _, attributes in tags for name in attributes if name.startswith("on") or name == "src"]
        addresses = {str(attributes["href"]) for _, attributes in tags if "href" in attributes}
        assert all(re.fullmatch(r"(\.\./index\.html|runs/[\w-]+\.html)?#(zh|en|both)", address) for address in addresses), (
            addresses
        )
        assert not re.search(r"https?://|url\(|@import", text)


def test_a_stopped_batch_stands_in_the_report(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    home = Settings(home=home.home, token_key=b"a key", bad_share_limit=0.1)
    with pytest.raises(GateError):
        admit(landed(home, [a_call(number, wait_seconds=-1) for number in range(30)]), home, a_book())
    text = write_report(home).read_text(encoding="utf-8")
    assert "被拦下的批次" in text and "30 of 30 records (100%) are refused" in text
