"""Open quarantine and its age, and the ways out that were taken."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from deskmart.batch import Batch
from deskmart.lake import Lake
from deskmart.settings import Settings
from expectations.admission import Admission
from expectations.ageing import AGES
from expectations.moves import Moves
from expectations.report_gate import Sentences, sentence
from expectations.report_html import code, local, number, place, section, text, told, words
from ingestion.tombstones import TOMBSTONE_SHA256

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FROM_DAYS = (1, 7, 30)
_AGES_ZH = ("不足 1 天", "1 至 7 天", "7 至 30 天", "30 天及以上")
_MOST = 25


@dataclass(slots=True)
class Waiting:
    """The open records of a stream: how many by age (classes of `ageing.AGES`), by reason, and since when the oldest waits."""

    by_age: Counter[int]
    by_reason: Counter[str]
    oldest: datetime

    @property
    def records(self) -> int:
        return self.by_age.total()


def waiting(
    admissions: Collection[Admission], moved: Moves, at: datetime, settings: Settings, connection: DuckDBPyConnection
) -> dict[tuple[str, str], Waiting]:
    """Per stream what waits for somebody to decide, of the attempts that count; the same as `ageing`, in one query.

    Only files of attempts with refused records are read. Erased and given-up records do not wait.
    """
    lake = Lake(settings.home)
    files = {
        str(path): (one.source, one.stream)
        for one in admissions
        if one.quarantined and one.attempt_name not in moved.waived_attempts
        for path in [lake.quarantine(Batch(one.source, one.stream, None, None, one.batch), one.attempt)]
        if path.exists()
    }
    if not files:
        return {}
    given_up = [f"{'/'.join(where)}:{sha256}" for where, hashes in moved.waived.items() for sha256 in hashes]
    query = _OPEN.format(files=_list(files), gone=_list(given_up), tombstone=TOMBSTONE_SHA256, at=at.timestamp())
    found: dict[tuple[str, str], Waiting] = {}
    for path, days, reasons, records, oldest in connection.execute(query).fetchall():
        first = datetime.fromtimestamp(oldest, UTC)
        one = found.setdefault(files[path], Waiting(Counter(), Counter(), first))
        one.by_age[bisect_right(_FROM_DAYS, days)] += records
        for reason in set(reasons):
            one.by_reason[reason] += records
        one.oldest = min(one.oldest, first)
    return dict(sorted(found.items()))


# Values are written into the query: as parameters they would make DuckDB import pandas, which takes longer than all else.
_OPEN = """
    select filename, floor(({at} - epoch(first_seen)) / 86400)::bigint as days, reasons, count(*), epoch(min(first_seen))
    from read_parquet({files}, filename = true, union_by_name = true, hive_partitioning = false)
    where record_sha256 <> '{tombstone}'
        and array_to_string(string_split(filename, '/')[-4:-2], '/') || ':' || record_sha256 not in (select unnest({gone}::varchar[]))
    group by all
"""


def _list(values: Iterable[str]) -> str:
    return "[" + ", ".join("'" + value.replace("'", "''") + "'" for value in values) + "]"


def open_quarantine(found: Mapping[tuple[str, str], Waiting], known: Sentences, settings: Settings) -> str:
    """Per stream how long its records wait, then the reasons."""
    rows = [
        (
            place(source, stream),
            text(local(one.oldest, settings)),
            *(number(one.by_age[age], "bad" if age == len(AGES) - 1 else "") for age in range(len(AGES))),
            number(one.records),
        )
        for (source, stream), one in found.items()
    ]
    if len(rows) > 1:
        ages = [number(sum(one.by_age[age] for one in found.values())) for age in range(len(AGES))]
        rows.append((f"<b>{told('合计', 'All')}</b>", "", *ages, number(sum(one.records for one in found.values()))))
    note = (
        "等待处理的记录，按首次被拒至今的天数。每条保留原始字节与全部原因；经两人放行或放弃后离开此表。",
        "Records that wait for somebody to decide, by days since they were first refused. Each keeps its bytes and every reason; "
        "two people release it or give it up.",
    )
    columns = (
        "数据流|Stream",
        "最早|Oldest",
        *(f"#{zh}|{en.capitalize()}" for zh, en in zip(_AGES_ZH, AGES, strict=True)),
        "#合计|All",
    )
    return section("未处理的隔离记录与账龄", "Open quarantine and its age", note, columns, rows) + _by_reason(found, known)


def _by_reason(found: Mapping[tuple[str, str], Waiting], known: Sentences) -> str:
    counts = sorted(
        ((count, where, reason) for where, one in found.items() for reason, count in one.by_reason.items()),
        key=lambda each: (-each[0], each[1:]),
    )
    rows = []
    for count, where, reason in counts[:_MOST]:
        zh, en = sentence(known, *where, reason)
        rows.append((place(*where), told(words(zh), words(en)), code(reason), number(count)))
    columns = ("数据流|Stream", "原因|Why", "规则|Rule", "#条数|Records")
    return section("未处理的原因", "Why they wait", None, columns, rows) if rows else ""


_STEPS = {
    "released": ("放行", "released"),
    "waived": ("放弃", "given up"),
    "unstopped": ("整批放行", "batch let pass"),
    "erased": ("客户要求删除", "erased at a customer's request"),
    "retention": ("到期清除", "retention removed raw bytes"),
    "screen": ("重新筛查文本", "texts screened anew"),
    "close": ("月度封账", "month closed"),
}


def ways_out(records: Sequence[Mapping[str, Any]], settings: Settings) -> str:
    """Decisions of people and of retention that the ledger recorded; lines of the same kind, reason and names are one."""
    groups: dict[tuple[str, str, str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for one in records:
        if one["step"] in _STEPS:
            approval = one.get("approval") or {}
            names = (str(approval.get(name, one.get(f"{one['step']}_by", ""))) for name in ("by", "second"))
            who = " + ".join(dict.fromkeys(name for name in names if name))
            about = one["subject"] if one["step"] != "retention" else ""
            where = "/".join(about.split("/")[:2])
            groups[one["step"], where, str(approval.get("reason", one.get("reason", ""))), who, one["at"][:10]].append(one)
    rows = []
    for (step, where, reason, who, _), members in groups.items():
        count = sum(_amount(member) for member in members)
        moment = text(local(members[-1]["at"], settings))
        rows.append(
            (
                moment,
                told(*_STEPS[step]),
                text(where) if where else "–",
                words(reason) if reason else "–",
                text(who) if who else "–",
                number(count),
            )
        )
    columns = ("时间|When", "决定|Decision", "对象|About", "理由|Reason", "决定人|By", "#条数|Records")
    note = ("账本中人工决定与到期处理的记录。", "What people decided and retention did, as the ledger has it.")
    return section("离开隔离区及其他决定", "Ways out and other decisions", note, columns, rows[-60:])


def _amount(one: Mapping[str, Any]) -> int:
    """How many records a decision was about; where it was about files or figures, how many of these."""
    if "records" in one:
        return sum(item.get("became", "accepted") == "accepted" for item in one["records"])
    counts = one["counts"]
    return int(next((counts[name] for name in ("records", "waived", "accepted", "pages", "figures") if name in counts), 0))
