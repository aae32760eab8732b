"""The gate's part of the auditor's pages: where records went, and why they were refused. No value of a row is on it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from expectations.admission import Admission
from expectations.owners import OWNERS, owner_of
from expectations.reasons import sentences
from expectations.report_html import code, number, place, section, share, text, told, words

PARTS = ("landed", "accepted", "quarantined", "duplicates", "outside")
NAMES = {
    "landed": ("读入", "landed"),
    "accepted": ("接收", "accepted"),
    "quarantined": ("隔离", "quarantined"),
    "duplicates": ("重复", "duplicates"),
    "outside": ("区间外", "outside"),
}
WORST = 15
Sentences = Mapping[tuple[str, str, str], tuple[str, str]]


def sentences_of(results: Sequence[Mapping[str, Any]]) -> Sentences:
    """The zh and en sentence of each rule and reason, by source, stream and code."""
    found: dict[tuple[str, str, str], tuple[str, str]] = {}
    for one in results:
        where = one["admission"]["source"], one["admission"]["stream"]
        for rule in (*one["rules"], *one.get("batch_rules", ())):
            found[*where, rule["code"]] = rule["zh"], rule["en"]
        for reason, sentence in one["sentences"].items():
            found[*where, reason] = sentence["zh"], sentence["en"]
    return found


def sentence(known: Sentences, source: str, stream: str, reason: str) -> tuple[str, str]:
    """The zh and en sentence of a reason: as the rule told it when it judged, else as reasons are told today."""
    zh, en = known.get((source, stream, reason), (reason, reason))
    return (zh, en) if zh != reason else sentences(reason)


def totals(admissions: Sequence[Admission]) -> dict[str, int]:
    return {part: sum(getattr(one, part) for one in admissions) for part in PARTS}


def tiles(sums: Mapping[str, int]) -> str:
    """The balance as an equation: landed = accepted + quarantined + duplicates + outside."""
    marks = {"accepted": " good", "quarantined": " bad" if sums["quarantined"] else ""}
    html = ""
    for sign, part in zip(("", "=", "+", "+", "+"), PARTS, strict=True):
        below = share(sums[part], sums["landed"]) if sign else told("以源系统记录计", "in source records")
        html += f"<i>{sign}</i>" if sign else ""
        html += (
            f'<div class="tile{marks.get(part, "")}"><b>{sums[part]:,}</b><span>{told(*NAMES[part])}</span><em>{below}</em></div>'
        )
    return f'<div class="tiles">{html}</div>'


def streams(admissions: Sequence[Admission]) -> str:
    """A line per stream, under a line per source."""
    groups: dict[str, dict[str, list[Admission]]] = defaultdict(lambda: defaultdict(list))
    for one in admissions:
        groups[one.source][one.stream].append(one)
    rows = []
    for source, found in sorted(groups.items()):
        everything = [one for members in found.values() for one in members]
        rows.append(_line(f"<b>{text(source)}</b>", everything, "sum"))
        rows += [_line(text(stream), members, "in") for stream, members in sorted(found.items())]
    columns = ("来源与数据流|Source and stream", "#批次|Batches", *(f"#{zh}|{en.capitalize()}" for zh, en in NAMES.values()))
    note = (
        "每一行都满足：读入 = 接收 + 隔离 + 重复 + 区间外。",
        "Each line: landed = accepted + quarantined + duplicates + outside.",
    )
    columns = (*columns, "#隔离率|Refused", "构成|Share")
    return section("记录去了哪里", "Where every record went", note, columns, rows) + _key()


def _line(name: str, members: Sequence[Admission], style: str) -> tuple[str, ...]:
    sums = totals(members)
    refused = f'<td class="n{" bad" if sums["quarantined"] else ""}">{share(sums["quarantined"], sums["landed"])}</td>'
    cells = [number(sums[part], "bad" if part == "quarantined" else "") for part in PARTS]
    return (f'<td class="{style}">{name}</td>', number(len(members)), *cells, refused, bar(sums))


def bar(sums: Mapping[str, int]) -> str:
    whole = sums["landed"] or 1
    shares = {part: 100 * sums[part] / whole for part in PARTS[1:]}
    lines = "".join(f'<i class="{part[0]}" style="width:{width:.2f}%"></i>' for part, width in shares.items() if width)
    return f'<span class="bar">{lines}</span>'


def _key() -> str:
    marks = "".join(f'<i class="{part[0]}"></i>{told(*NAMES[part])}' for part in PARTS[1:])
    return f'<p class="key">{marks}</p>'


def reasons(admissions: Sequence[Admission], known: Sentences) -> str:
    """The rules that refused most, then what only warned and what lay outside."""
    note = (
        f"按条数排列，最多 {WORST} 条；一条记录可能有多个原因。占比以该数据流读入的记录计。处理人为角色，见规则手册。",
        f"Most records first, at most {WORST}; a record may have several reasons. Shares are of the records the stream landed. "
        "Who mends it is a role, see the rule book.",
    )
    told_all = section("被拒最多的规则", "Worst rules", note, _COLUMNS, _explained(admissions, known, "reasons"))
    for zh, en, kind in (
        ("提醒（仍接收）", "Warnings (accepted all the same)", "warnings"),
        ("区间外与排除", "Outside and excluded", "outside_reasons"),
    ):
        if rows := _explained(admissions, known, kind):
            told_all += section(zh, en, None, _COLUMNS, rows)
    return told_all


_COLUMNS = ("数据流|Stream", "说明|What is wrong", "规则|Rule", "处理人|Who mends it", "#条数|Records", "#占比|Share")


def _explained(admissions: Sequence[Admission], known: Sentences, kind: str) -> list[tuple[str, ...]]:
    counts: Counter[tuple[str, str, str]] = Counter()
    landed: Counter[tuple[str, str]] = Counter()
    for one in admissions:
        landed[one.source, one.stream] += one.landed
        for reason, count in getattr(one, kind).items():
            counts[one.source, one.stream, reason] += count
    rows: list[tuple[str, ...]] = []
    for (source, stream, reason), count in counts.most_common(WORST):
        zh, en = sentence(known, source, stream, reason)
        owner = OWNERS[owner_of(source, stream)]
        rows.append(
            (
                place(source, stream),
                told(words(zh), words(en)),
                code(reason),
                told(*owner),
                number(count),
                f'<td class="n">{share(count, landed[source, stream])}</td>',
            )
        )
    left = counts.total() - sum(count for _, count in counts.most_common(WORST))
    return [*rows, ("…", told("其余规则", "all other rules"), "", "", number(left), "")] if left else rows


def stopped(attempts: Sequence[Admission], results: Sequence[Mapping[str, Any]]) -> str:
    """Batches of which nothing is in the warehouse; nothing where there are none."""
    why = {Admission.from_json(one["admission"]).attempt_name: one["stopped"] for one in results if one["stopped"]}
    rows = [
        (place(one.source, one.stream), code(one.batch), words(why.get(one.attempt_name, "–")), number(one.landed))
        for one in attempts
    ]
    columns = ("数据流|Stream", "批次|Batch", "原因|Why", "#条数|Records")
    note = (
        "整批未进入仓库，也不计入本页的条数；等待两人决定放行或放弃（deskmart quarantine release / waive）。",
        "Nothing of them is in the warehouse, nor in the counts of this page; two people decide whether they pass or are given up (deskmart quarantine release / waive).",
    )
    return section("被拦下的批次", "Stopped batches", note, columns, rows, "alarm") if rows else ""


def unlike(admissions: Sequence[Admission], results: Sequence[Mapping[str, Any]]) -> str:
    """What of these batches is unlike the recent past: fields that came or went, hours without rows, unusual days."""
    names = {one.attempt_name for one in admissions}
    rows = [
        (
            place(one["admission"]["source"], one["admission"]["stream"]),
            told(words(finding["zh"]), words(finding["en"]))
            + (f'<b class="bad"> {told("严重", "critical")}</b>' if finding["severity"] == "critical" else ""),
            "<br>".join(words(name) for name in finding["names"][:6])
            + (f"<br>… {finding['count']:,}" if finding["count"] > 6 else ""),
            code(one["admission"]["batch"]),
        )
        for one in results
        if one.get("batch_rules") and Admission.from_json(one["admission"]).attempt_name in names
        for finding in one["batch_rules"]
    ]
    note = (
        "与此数据流近期的批次比较：字段增减与类型、无数据的时段、异常的数据量。",
        "Compared with the recent batches of the stream: fields that came, went or changed type, hours without rows, unusual volume.",
    )
    columns = ("数据流|Stream", "变化|What changed", "何处|Where", "批次|Batch")
    return section("与以往不同", "Unlike before", note, columns, rows[:40])
