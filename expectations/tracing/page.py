"""A trace as one offline page: nothing is fetched, no script runs, everything is escaped, payloads are masked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from deskmart.lake import write_bytes
from expectations.tracing.figures import plain
from expectations.tracing.raw import STATES
from expectations.tracing.trace import Trace
from expectations.tracing.view import payload, shown, sums

_STYLE = Path(__file__).parent.parent / "report.css"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
MOST = 500  # rows of a table; the page says how many there are
_LONGEST = 300  # characters of a payload
_LONGEST_TEXT = 1_000  # of anything else
_SHORT = 40  # characters of a cell that stays in one line
_OWN_STYLE = (
    "td { white-space: nowrap; } td.long { white-space: normal; overflow-wrap: anywhere; min-width: 18em; } "
    "h1 small, h2 small, th small { margin-left: 0.5em; font-weight: 400; } .verdict p { margin: 0; } "
    "@media print { td { white-space: normal; overflow-wrap: anywhere; } td.long { min-width: 0; } }"
)


def write_page(trace: Trace, path: Path) -> Path:
    """Write the trace to a file."""
    write_bytes(path, page(trace).encode("utf-8", "replace"))
    return path


def page(trace: Trace) -> str:
    """The whole page."""
    body = "".join((_head(trace), _figures(trace), _facts(trace), _records(trace), _rules(trace), _ledger(trace), _reach(trace)))
    return (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>Deskmart · {_text(trace.mart.mart)}</title>'
        f"<style>{_STYLE.read_text(encoding='utf-8')}{_OWN_STYLE}</style></head><body><main>{body}</main></body></html>\n"
    )


def _head(trace: Trace) -> str:
    key = " ".join(f"{name}={value}" for name, value in trace.mart.key.items())
    kind, verdict = ("good", "数值与原始数据一致 · figures and bytes agree") if trace.is_sound else ("bad", "不一致 · NOT SOUND")
    wrong = "".join(f"<p>{_text(difference)}</p>" for difference in trace.differences)
    return (
        f"<h1>指标溯源<small>Trace of a figure</small></h1><p><b>{_text(trace.mart.mart)}</b> {_text(key)}</p>"
        f'<div class="verdict {kind}"><h2>{verdict}</h2>{wrong}<p>build {_text(trace.build_id)}, publish {_text(trace.publish_id)}. '
        "原始内容已遮盖。 Contents of records are masked.</p></div>"
    )


def _figures(trace: Trace) -> str:
    rows = []
    for one in trace.figures:
        rule = one.catalogue[-1] if one.catalogue else None
        source = f"{rule.fact}: {rule.numerator}{f' / {rule.denominator}' if rule.denominator else ''}" if rule else ""
        days = f"{one.figure.first} – {one.figure.last}"
        rows.append((one.figure.name, days, source, sums(one), "; ".join(one.differences) or "一致 the same"))
    return _section(
        "数值",
        "Figures, added up again from the fact rows",
        ("指标|KPI", "日期|Days", "来自|Of", "计算|Sum", "集市|Mart says"),
        rows,
    )


def _facts(trace: Trace) -> str:
    facts = trace.fact_rows
    rows = (
        (
            row.fact,
            row.key,
            str(row.on),
            plain(row.adds.numerator),
            plain(row.adds.denominator),
            str(row.adds.pending),
            shown(row) + (" · 已调整剔除 taken out by an adjustment" if row.adjusted_out else ""),
        )
        for row in facts[:MOST]
    )
    heads = ("事实表|Fact", "行|Row", "日期|Day", "分子|Above", "分母|Below", "待定|Pending", "内容|Shows")
    return _section("事实行", f"Fact rows: {len(facts)}", heads, rows)


def _records(trace: Trace) -> str:
    rows = (
        (
            f"{proof.file}\n页 page {proof.address.page}, 位置 position {proof.address.position}, offset {proof.offset}",
            f"{STATES[proof.state][1]} {STATES[proof.state][0]}{f' ({proof.message})' if proof.message else ''}"
            f"\n{proof.sha256 or proof.address.sha256}",
            f"\n{payload(proof, in_clear=False)[:_LONGEST]}",
        )
        for proof in sorted(trace.raw, key=lambda one: one.is_sound)[:MOST]
    )
    heads = ("落地文件|Landing file", "状态与 SHA-256|State and SHA-256", "内容（遮盖）|Contents, masked")
    return _section("原始记录", f"Source records: {len(trace.raw)}", heads, rows)


def _rules(trace: Trace) -> str:
    rows = (
        (
            one.attempt,
            str(rule["code"]),
            str(rule["severity"]),
            f"{rule['zh']}\n{rule['en']}",
            "–" if rule["judged_rows"] is None else f"{rule['judged_rows']:,}",
            "–" if rule["broken_rows"] is None else f"{rule['broken_rows']:,}",
        )
        for one in trace.rules
        for rule in one.rules
    )
    heads = ("批次|Attempt", "规则|Rule", "级别|Severity", "说明|What it says", "检查行数|Judged", "违反行数|Broken")
    return _section("通过的规则", "Rules their batches were judged by (the records above passed the critical ones)", heads, rows)


def _ledger(trace: Trace) -> str:
    rows = (
        (
            "–" if line.number is None else str(line.number),
            line.at[:19],
            line.step,
            line.subject,
            line.hash or "未封存 not sealed yet",
        )
        for line in trace.lines
    )
    return _section("台账", "Ledger", ("行|Line", "时间|At", "步骤|Step", "对象|Subject", "哈希|Hash"), rows)


def _reach(trace: Trace) -> str:
    items = "".join(f"<li>{_text(sentence)}</li>" for sentence in trace.reach)
    return f"<h2>范围<small>How far this reaches</small></h2><ul>{items}</ul>" if items else ""


def _section(zh: str, en: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    columns = "".join("<th>{}<small>{}</small></th>".format(*map(_text, head.split("|"))) for head in heads)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    table = f"<table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"
    return f'<h2>{_text(zh)}<small>{_text(en)}</small></h2><div class="sheet">{table}</div>'


def _cell(text: str) -> str:
    """What stands behind a line's end is small print."""
    first, _, rest = text.partition("\n")
    shown = f"{_text(first)}<small>{_text(rest)}</small>" if rest else _text(first)
    return f'<td class="long">{shown}</td>' if len(text) > _SHORT else f"<td>{shown}</td>"


def _text(value: object) -> str:
    """Escaped and cut; marks that turn the direction of writing are shown as what they are."""
    text = str(value)
    shown = text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}… ({len(text):,})"
    marks = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    return escape("".join(f"\\u{ord(sign):04x}" if sign in marks else sign for sign in shown))
