"""The auditor's report: one offline page that says what came in, what was refused and why. No value of a row is on it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from deskmart import __version__
from deskmart.lake import Lake, write_bytes
from deskmart.settings import Settings
from expectations import ledger
from expectations.admission import Admission, current_admissions
from expectations.quarantine import Heap, list_heaps

_PARTS = ("landed", "accepted", "quarantined", "duplicates", "outside")
_STYLE = Path(__file__).with_name("report.css")
_Sentences = dict[tuple[str, str, str], tuple[str, str]]


def write_report(settings: Settings) -> Path:
    """Write audit/report/index.html from the ledger and the validation results; returns its path."""
    admissions = current_admissions(settings)
    results = _results(settings)
    body = "".join(
        (
            _head(admissions, settings),
            _stopped(results),
            _streams(admissions),
            _reasons(admissions, _sentences(results), "reasons"),
            _warnings(admissions, _sentences(results)),
            _outside(admissions, _sentences(results)),
            _quarantine(list_heaps(settings), admissions, settings),
            _freshness(admissions, settings),
            _versions(admissions, settings),
        )
    )
    path = Lake(settings.home).audit / "report" / "index.html"
    write_bytes(path, _page(body).encode("utf-8", "replace"))
    return path


def _page(body: str) -> str:
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>Deskmart · 数据验收报告</title>'
        f"<style>{_STYLE.read_text(encoding='utf-8')}</style></head><body><main>{body}</main></body></html>\n"
    )


def _head(admissions: Sequence[Admission], settings: Settings) -> str:
    names = {"landed": "读入", "accepted": "接收", "quarantined": "隔离", "duplicates": "重复", "outside": "区间外"}
    totals = {part: sum(getattr(one, part) for one in admissions) for part in _PARTS}
    marks = {"accepted": " good", "quarantined": " bad" if totals["quarantined"] else ""}
    tiles = "".join(
        f'<div class="tile{marks.get(part, "")}"><b>{totals[part]:,}</b><span>{names[part]} {part}</span></div>'
        for part in _PARTS
    )
    return (
        "<h1>数据验收报告<small>Validation report</small></h1>"
        f"<p>截至 as of {escape(_local(datetime.now(UTC).isoformat(), settings))}。读入 = 接收 + 隔离 + 重复 + 区间外，"
        "以源系统的记录计。 In records of the source systems: landed = accepted + quarantined + duplicates + outside. "
        "本页不含任何客户数据。 No customer data is on this page.</p>"
        f'<div class="tiles">{tiles}</div>'
    )


def _stopped(results: Sequence[dict[str, Any]]) -> str:
    rows = [
        (_place(one["admission"]), _text(one["admission"]["batch"]), _text(one["stopped"])) for one in results if one["stopped"]
    ]
    if not rows:
        return ""
    columns = ("数据流|Stream", "批次|Batch", "原因|Why")
    return _section(
        "被拦下的批次", "Stopped batches", "未进入仓库。 Nothing of them is in the warehouse.", columns, rows, "alarm"
    )


def _streams(admissions: Sequence[Admission]) -> str:
    groups: dict[tuple[str, str], list[Admission]] = defaultdict(list)
    for one in admissions:
        groups[one.source, one.stream].append(one)
    rows = []
    for (source, stream), members in sorted(groups.items()):
        sums = {part: sum(getattr(one, part) for one in members) for part in _PARTS}
        cells = [_number(sums[part], bad=part == "quarantined") for part in _PARTS]
        rows.append((f"{_text(source)}<small>{_text(stream)}</small>", _number(len(members)), *cells, _bar(sums)))
    columns = (
        "来源|Source",
        "#批次|Batches",
        "#读入|Landed",
        "#接收|Accepted",
        "#隔离|Quarantined",
        "#重复|Duplicates",
        "#区间外|Outside",
        "构成|Share",
    )
    key = (
        '<p class="key"><i class="a"></i>接收 accepted<i class="q"></i>隔离 quarantined'
        '<i class="d"></i>重复 duplicates<i class="o"></i>区间外 outside</p>'
    )
    return _section("按来源与数据流", "By source and stream", "", columns, rows) + key


def _reasons(admissions: Sequence[Admission], sentences: _Sentences, counts: str) -> str:
    rows = _explained(admissions, sentences, counts)
    note = "一条记录可能有多个原因。 A record may have several reasons."
    return _section("隔离原因", "Why records were refused", note, _REASON_COLUMNS, rows)


def _warnings(admissions: Sequence[Admission], sentences: _Sentences) -> str:
    rows = _explained(admissions, sentences, "warnings")
    return _section("提醒（仍接收）", "Warnings (accepted all the same)", "", _REASON_COLUMNS, rows) if rows else ""


def _outside(admissions: Sequence[Admission], sentences: _Sentences) -> str:
    rows = _explained(admissions, sentences, "outside_reasons")
    return _section("区间外与排除", "Outside and excluded", "", _REASON_COLUMNS, rows) if rows else ""


_REASON_COLUMNS = ("数据流|Stream", "原因|Reason", "规则|Rule", "#条数|Records")


def _explained(admissions: Sequence[Admission], sentences: _Sentences, counts: str) -> list[tuple[str, ...]]:
    totals: Counter[tuple[str, str, str]] = Counter()
    for one in admissions:
        for reason, count in getattr(one, counts).items():
            totals[one.source, one.stream, reason] += count
    rows: list[tuple[str, ...]] = []
    for (source, stream, reason), count in totals.most_common():
        zh, en = sentences.get((source, stream, reason), (reason, reason))
        told = f"{_text(zh)}<small>{_text(en)}</small>" if zh != en else _text(en)
        rows.append((f"{_text(source)}<small>{_text(stream)}</small>", told, f"<code>{_text(reason)}</code>", _number(count)))
    return rows


def _quarantine(heaps: Sequence[Heap], admissions: Sequence[Admission], settings: Settings) -> str:
    current = {(one.source, one.stream, one.batch, one.attempt) for one in admissions}
    rows = [
        (
            f"{_text(heap.source)}<small>{_text(heap.stream)}</small>",
            f"<code>{_text(heap.batch)}</code>",
            f"<code>{_text(heap.reason)}</code>",
            _text(_local(heap.first_seen.isoformat(), settings)),
            _number(heap.records),
        )
        for heap in heaps
        if heap.is_stopped or (heap.source, heap.stream, heap.batch, heap.attempt) in current
    ]
    columns = ("数据流|Stream", "批次|Batch", "规则|Rule", "首次出现|First seen", "#条数|Records")
    return _section("未处理的隔离记录", "Open quarantine", "最早的在前。 Oldest first.", columns, rows)


def _freshness(admissions: Sequence[Admission], settings: Settings) -> str:
    last: dict[tuple[str, str], Admission] = {}
    for one in sorted(admissions, key=lambda each: each.landed_at):
        last[one.source, one.stream] = one
    rows = []
    for (source, stream), one in sorted(last.items()):
        ends = [each.until for each in admissions if (each.source, each.stream) == (source, stream) and each.until]
        covered = _local(max(ends), settings) if ends else "—"
        rows.append(
            (
                _text(f"{source} / {stream}"),
                _text(covered),
                _text(_local(one.landed_at, settings)),
                _text(_local(one.admitted_at, settings)),
            )
        )
    columns = ("数据流|Stream", "覆盖至|Covered until", "最近读入|Last landed", "最近验收|Last admitted")
    return _section("新鲜度", "Freshness", "", columns, rows)


def _versions(admissions: Sequence[Admission], settings: Settings) -> str:
    open_records = len(ledger.unsealed(settings))
    rows = [
        ("Deskmart", f"<code>{_text(__version__)}</code>"),
        ("账本链头 Ledger head", f"<code>{_text(ledger.head(settings))}</code>"),
        ("账本记录 Ledger records", _text(f"{len(ledger.records(settings)):,}（未封存 not sealed yet: {open_records:,}）")),
        *(
            (_text(f"{source} / {stream} · 规则版本 rules version"), f"<code>{_text(version)}</code>")
            for source, stream, version in sorted({(one.source, one.stream, one.rules_version) for one in admissions})
        ),
    ]
    return _section("版本与账本", "Versions and ledger", "", ("项目|Item", "值|Value"), rows)


def _section(zh: str, en: str, note: str, columns: Iterable[str], rows: Sequence[tuple[str, ...]], style: str = "") -> str:
    """A titled table; a column's name is `zh|en`, with # in front when it holds numbers. Cells are ready HTML."""
    title = f"<h2>{zh}<small>{en}</small></h2>" + (f"<p>{note}</p>" if note else "")
    if not rows:
        return f'{title}<div class="sheet"><p class="none">无 · none</p></div>'
    heads = ""
    for name in columns:
        first, second = name.removeprefix("#").split("|")
        heads += f"<th{' class=n' if name.startswith('#') else ''}>{first}<small>{second}</small></th>"
    lines = "".join(f"<tr>{''.join(cell if cell.startswith('<td') else f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'{title}<div class="sheet {style}"><table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'


def _number(value: int, bad: bool = False) -> str:
    return f'<td class="n{" bad" if bad and value else ""}">{value:,}</td>'


def _bar(sums: dict[str, int]) -> str:
    whole = sums["landed"] or 1
    shares = {part: 100 * sums[part] / whole for part in _PARTS[1:]}
    return (
        '<span class="bar">'
        + "".join(f'<i class="{part[0]}" style="width:{share:.2f}%"></i>' for part, share in shares.items())
        + "</span>"
    )


def _place(admission: dict[str, Any]) -> str:
    return f"{_text(admission['source'])}<small>{_text(admission['stream'])}</small>"


def _text(value: str) -> str:
    return escape(value, quote=True)


def _local(moment: str, settings: Settings) -> str:
    return datetime.fromisoformat(moment).astimezone(settings.zone).strftime("%Y-%m-%d %H:%M %Z")


def _results(settings: Settings) -> list[dict[str, Any]]:
    root = Lake(settings.home).audit / "validation"
    return [json.loads(path.read_bytes()) for path in sorted(root.rglob("[!.]*.json"))] if root.is_dir() else []


def _sentences(results: Sequence[dict[str, Any]]) -> _Sentences:
    """The zh and en sentence of each rule and reason, by source, stream and code."""
    found: _Sentences = {}
    for one in results:
        place = one["admission"]["source"], one["admission"]["stream"]
        for rule in one["rules"]:
            found[*place, rule["code"]] = rule["zh"], rule["en"]
        for reason, sentence in one["sentences"].items():
            found[*place, reason] = sentence["zh"], sentence["en"]
    return found
