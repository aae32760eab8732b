"""The page of a trace: hostile text in everything it shows is only text, nothing runs, nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest

from expectations.tracing.catalogue import KpiRow, Parts
from expectations.tracing.facts import FactRow, Recomputed
from expectations.tracing.figures import Figure
from expectations.tracing.links import links
from expectations.tracing.marts import MartRow
from expectations.tracing.page import page, write_page
from expectations.tracing.proof import LedgerLine, RulesPassed
from expectations.tracing.raw import RawProof
from expectations.tracing.records import Address
from expectations.tracing.trace import Trace
from tests.gate.hostile_home import SCRIPT, TEXTS
from tests.gate.test_report import BROWSER, Markup, a_trap, opened

DAY = date(2026, 3, 3)
TAGS = "html head meta title style body main h1 h2 small p b div table thead tbody tr th td ul li"


def a_hostile_trace(texts: Sequence[str]) -> Trace:
    """A trace in which every text that a source, a rule or a person may have written is hostile."""
    shows = links().facts["fct_contact_legs"].shows
    figures, raw, rules, lines = [], [], [], []
    for number, text in enumerate(texts):
        parts = Parts(Decimal(1), Decimal(2), 1, 0)
        figure = Figure(text, text, DAY, DAY, "agent", {"agent": text}, text, {"value": text}, note=text)
        kpi = KpiRow(text, text, 1, "ratio", text, text, text, text, text, text, {}, frozenset(), frozenset(), False, DAY, DAY)
        row = FactRow("fct_contact_legs", number, text, DAY, parts, bool(number % 2), dict.fromkeys(shows, text))
        figures.append(Recomputed(figure, (kpi,), (row,), parts, Decimal("0.5"), (text, text)))
        address = Address(text, text, text, text, 1, number, text)
        raw.append(RawProof(address, "changed", text, 0, text, text, f'{{"{text}": "{text}"}}'.encode(), text))
        rule = {"code": text, "severity": text, "zh": text, "en": text, "judged_rows": 1, "broken_rows": None}
        rules.append(RulesPassed(text, text, text, text, {text: 1}, (rule,), (rule,), text))
        lines.append(LedgerLine(number, text, text, text, text, text, {text: 1}))
    mart = MartRow(texts[0], dict(zip(texts, texts, strict=True)), {}, (), (), tuple(texts))
    return Trace(
        mart, texts[0], texts[-1], tuple(figures), (), tuple(raw), tuple(rules), tuple(lines), tuple(texts), tuple(texts)
    )


def test_hostile_text_is_only_text() -> None:
    texts = [text.replace("TRAP", "http://trap.example") for text in TEXTS[:-1]]
    shown = Markup(page(a_hostile_trace(texts)))
    assert shown.tags <= {*TAGS.split()}
    assert {name for name, _ in shown.attributes} <= {"lang", "charset", "name", "content", "http-equiv", "class"}
    assert {value for name, value in shown.attributes if name == "class"} <= {"long", "sheet", "verdict bad", "verdict good"}
    words = "".join(shown.words)
    assert all(text in words for text in texts if "\u202e" not in text)
    assert f"({len(TEXTS[-1]):,})" in "".join(Markup(page(a_hostile_trace([TEXTS[-1]]))).words), "what is too long is cut"
    assert "\u202e" not in words and "gpj.\\u202eexe" in words


def test_a_browser_runs_and_fetches_nothing(tmp_path: Path) -> None:
    if not BROWSER.exists():
        pytest.skip("no Chromium at /usr/bin/chromium: what a browser does of a hostile trace was not tried")
    with a_trap() as (address, asked):
        texts = [text.replace("TRAP", address) for text in TEXTS]
        made = write_page(a_hostile_trace(texts), tmp_path / "trace.html")
        unsafe = tmp_path / "unsafe.html"
        unsafe.write_text(f"<title>-</title><img src={address}><script>{SCRIPT}</script>")
        assert "<title>run</title>" in opened(unsafe.as_uri(), tmp_path) and asked, "the trap catches a page that is not safe"
        asked.clear()
        before, after = made.read_text(encoding="utf-8"), opened(made.as_uri(), tmp_path)
        assert title(after) == title(before)
        assert asked == []


def title(text: str) -> str:
    (found,) = re.findall("<title>(.*?)</title>", text)
    return unescape(found)
