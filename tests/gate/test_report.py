"""The auditor's report says what the home holds, and hostile text on it is only text: nothing runs, nothing is fetched."""

from __future__ import annotations

import http.server
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from deskmart.batch import Batch
from deskmart.errors import GateError
from deskmart.lake import Lake, write_json
from deskmart.settings import Settings
from expectations import audit, ledger
from expectations.admission import current_admissions, stopped_admissions
from expectations.ageing import ageing
from expectations.approval import Approval
from expectations.gate import admit
from expectations.moves import moves
from expectations.quarantine import list_refusals
from expectations.report import write_report
from expectations.report_html import MOST_CHARACTERS, share, text, words
from expectations.report_marts import rule_zh
from expectations.report_quarantine import waiting
from expectations.waive import waive
from tests.gate.hostile_home import SCRIPT, TEXTS, a_hostile_home
from tests.unit.gate_world import SINCE, UNTIL, a_book, a_call, a_home, admitted, landed

BROWSER = Path("/usr/bin/chromium")
# Every tag and attribute that a page may have.
MARKUP = """html head meta title style body i nav a span main h1 h2 p div ul li b em small code bdi br table thead tbody tr th td
    figure figcaption svg rect line text lang charset name content http-equiv id class href viewbox role x x1 x2 y y1 y2 width height
    text-anchor"""


def pages_of(index: Path) -> list[Path]:
    return [index, *sorted((index.parent / "runs").iterdir())]


class Markup(HTMLParser):
    """The tags, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def a_trapped_report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, list[str]]]:
    """The report of a hostile home, the address its texts try to reach, and what was asked of that address."""
    with a_trap() as (address, asked):
        yield write_report(a_hostile_home(tmp_path_factory.mktemp("hostile"), address)), address, asked


@contextmanager
def a_trap() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/leak", asked
    finally:
        server.shutdown()
        server.server_close()


def test_hostile_text_in_every_field_is_only_text(a_trapped_report: tuple[Path, str, list[str]]) -> None:
    index, address, _ = a_trapped_report
    assert len(pages_of(index)) == 2
    for path in pages_of(index):
        page = Markup(path.read_text(encoding="utf-8"))
        assert page.tags <= {*MARKUP.split()}
        assert {name for name, _ in page.attributes} <= {*MARKUP.split()}
        values = [value for name, value in page.attributes if name in ("href", "style")]
        link = r"(\.\./index\.html|runs/[0-9A-Za-z-]+\.html)?#(zh|en|both)|width:[\d.]+%"
        assert [value for value in values if not re.fullmatch(link, value)] == []
        assert not any(value for name, value in page.attributes if name == "http-equiv" and value != "Content-Security-Policy")
        shown = "".join(page.words)
        for hostile in TEXTS[:11]:
            assert hostile.replace("TRAP", address) in shown, "it is shown as it is"
        assert "\u202e" not in shown and "gpj.‹U+202E›exe ‹U+2066›‹U+2067› ‹U+0007›" in shown
        assert path.stat().st_size < 2_000_000 and f"({len(TEXTS[-1]):,})" in shown


def test_a_browser_runs_and_fetches_nothing(a_trapped_report: tuple[Path, str, list[str]], tmp_path: Path) -> None:
    """Opened in every language; the page before shows that the trap would have caught it."""
    if not BROWSER.exists():
        pytest.skip("no Chromium at /usr/bin/chromium: what a browser does of hostile reports was not tried")
    index, address, asked = a_trapped_report
    unsafe = tmp_path / "unsafe.html"
    unsafe.write_text(f"<title>-</title><img src={address}><script>{SCRIPT}</script>")
    assert "<title>run</title>" in opened(unsafe.as_uri(), tmp_path) and asked, "the trap catches a page that is not safe"
    asked.clear()
    for path in pages_of(index):
        before = re.findall("<title>.*?</title>", path.read_text(encoding="utf-8"))
        assert re.findall("<title>.*?</title>", opened(f"{path.as_uri()}#both", tmp_path)) == before
    assert asked == []


def opened(address: str, profile: Path) -> str:
    """The page as a browser made it, after its scripts."""
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    command += [f"--user-data-dir={profile / 'profile'}", "--dump-dom", address]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=True).stdout


CALLS = [a_call(1), a_call(2, wait_seconds=-1), a_call(3, wait_seconds=-2, outcome="lost"), a_call(4, outcome="lost"), a_call(1)]


def test_open_quarantine_is_what_ageing_counts(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    for number in range(2):
        admit(landed(home, CALLS, batch=Batch("shop", f"calls{number}", SINCE, UNTIL)), home, a_book())
    first = next(one for one in list_refusals(home) if one.stream == "calls0")
    waive([first], Approval("a test call of ours", "Ann", "Ben"), home)
    for days in (0, 5, 29, 400):
        at = datetime.now(UTC) + timedelta(days=days)
        with duckdb.connect() as connection:
            current = [*current_admissions(home), *stopped_admissions(home)]
            found = waiting(current, moves(home), at, home, connection)
        told = {(one.source, one.stream): (one.records, one.by_age) for one in ageing(home, at)}
        assert {where: (one.records, tuple(one.by_age[age] for age in range(4))) for where, one in found.items()} == told
    assert found["shop", "calls0"].records == 2 and found["shop", "calls1"].records == 3
    assert found["shop", "calls1"].by_reason == {"wait_seconds_out_of_range": 2, "outcome_unmapped": 2}


def read(path: Path, language: str = "en") -> str:
    """The words of a page in one language."""
    other = "zh" if language == "en" else "en"
    page = re.sub(rf'<(span|a) lang="{other}".*?</\1>', " ", path.read_text(encoding="utf-8"))
    return " ".join(unescape(re.sub("(?s)<style>.*?</style>|<[^>]+>", " ", page)).split())


def test_a_run_has_a_page_that_stays_and_the_index_lists_all_runs(tmp_path: Path) -> None:
    home = a_home(tmp_path)
    admitted(home, CALLS)
    index = write_report(home)
    assert [path.name for path in pages_of(index)] == ["index.html", "open.html"]
    a_run(home, "build-1", is_published=True)
    index = write_report(home)
    first = index.parent / "runs" / "build-1.html"
    assert [path.name for path in pages_of(index)] == ["index.html", "build-1.html"], "what was open belongs to the run now"
    assert "This run was published" in read(first) and "5 landed" in read(first)

    before = first.read_bytes()
    admit(landed(home, [a_call(9)], batch=Batch("shop", "calls", UNTIL, UNTIL + timedelta(days=1))), home, a_book())
    a_run(home, "build-2", is_published=False, broken={"its key is unique": "7 rows"})
    write_report(home)
    second = index.parent / "runs" / "build-2.html"
    assert first.read_bytes() == before
    assert "1 landed" in read(second) and "7 rows" in read(second) and "Audit failed, not published" in read(second)
    assert "6 landed" in read(index) and "Audit failed, not published" in read(index)
    assert re.findall(r'<a lang="en" href="(.*?)"', index.read_text("utf-8")) == ["runs/build-2.html#en", "runs/build-1.html#en"]
    assert "主键唯一" in read(second, "zh") and "审计未通过，未发布" in read(second, "zh")


def a_run(home: Settings, build: str, *, is_published: bool, broken: dict[str, str] | None = None) -> None:
    found = {
        "build_id": build,
        "audited_at": datetime.now(UTC).isoformat(),
        "held": ["samples are counts"],
        "broken": broken or {},
    }
    write_json(Lake(home.home).audit / "marts" / f"{build}.json", found)
    if is_published:
        ledger.seal(home, "publish", {"publish_id": f"published-{build}", "build": build})


def test_a_batch_over_several_days_is_spread_as_its_rows_lie(tmp_path: Path) -> None:
    """Shanghai is 8 hours ahead: the batch of 1 March UTC is of two local days, with 3 rows and 1; 1 record is refused."""
    home = a_home(tmp_path)
    times = ("2024-03-01T01:00:00Z", "2024-03-01T10:00:00Z", "2024-03-01T15:59:00Z", "2024-03-01T16:00:00Z")
    calls = [a_call(number, offered_at=time, ended_at="2024-03-02T12:00:00Z") for number, time in enumerate(times)]
    admitted(home, [*calls[:3], {**calls[3], "wait_seconds": -1}])
    page = write_report(home).read_text("utf-8")
    (figure,) = re.findall("<figure>.*?</figure>", page)
    heights = {style: [float(each) for each in re.findall(rf'<rect class="{style}".*?height="(.*?)"', figure)] for style in "aq"}
    # The highest day, of 3 records, is 76 high: 2.25 of them accepted, 0.75 refused (a quarter of each day; the lower panel is 30 high).
    assert heights == {"a": [57.0, 19.0], "q": [19.0, 30.0, 6.3, 30.0]}
    assert "2024-03-01" in figure and "2024-03-02" in figure and "25%" in figure


def test_a_stopped_batch_stands_on_top(tmp_path: Path) -> None:
    home = Settings(home=tmp_path, token_key=b"a key", bad_share_limit=0.1)
    with pytest.raises(GateError):
        admit(landed(home, [a_call(number, wait_seconds=-1) for number in range(30)]), home, a_book())
    for path in pages_of(write_report(home)):
        assert "Batches are stopped" in read(path) and "30 of 30 records (100%) are refused" in read(path)
        assert "有批次被拦下" in read(path, "zh") and "nothing new was landed" in read(path), "what is held back is not accepted"


def test_every_rule_of_the_audit_is_told_in_chinese() -> None:
    names = {name for name, _ in audit._rules()} | audit._identities().keys() | {"every attempt balances"}
    assert [name for name in names if rule_zh(name) == name] == []


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        pytest.param("Li.Lei@shop.example called", "<bdi>••• called</bdi>", id="an address"),
        pytest.param("of 13800138000, again", "<bdi>of •••, again</bdi>", id="a mobile number"),
        pytest.param("agents_20261101-csv", "<bdi>agents_20261101-csv</bdi>", id="a day in a name"),
        pytest.param("a&b", "<bdi>a&amp;b</bdi>", id="an ampersand"),
        pytest.param("x" * 300, f"<bdi>{'x' * MOST_CHARACTERS}</bdi> … (300)", id="a long one"),
    ],
)
def test_text_is_masked_escaped_and_cut(raw: str, shown: str) -> None:
    assert text(raw) == shown


def test_freely_written_words_lose_long_numbers() -> None:
    assert words("card 6222 0212 3456 7890 and 12 rows") == "<bdi>card ••• and 12 rows</bdi>"
    assert escape("card", quote=True) in words("card")


@pytest.mark.parametrize(
    ("part", "told"), [(0, "0%"), (1, "&lt; 0.01%"), (5_000, "0.50%"), (999_999, "&gt; 99.99%"), (1_000_000, "100%")]
)
def test_a_share_is_never_rounded_to_all_or_nothing(part: int, told: str) -> None:
    assert share(part, 1_000_000) == told
