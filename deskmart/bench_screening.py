"""A benchmark of screening: messages per second and memory, against the same rules as regular expressions in DuckDB SQL in the same run."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from deskmart.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

# What people write, of which one message in twenty breaks a rule or shows something personal; {n} makes each message another one.
_ORDINARY = (
    "您好，订单{n}已经为您登记，预计24小时内处理",
    "请问第{n}号商品什么时候发货？我想周末之前收到",
    "Where is my parcel {n}? It should have been here by now",
    "I have registered your request {n}, please wait a moment",
    "麻烦提供一下订单号，我这边帮您查询物流 {n}",
    "好的，谢谢，那我等通知，编号是{n}",
    "The sale starts at noon, code {n} is valid until Sunday",
    "发票抬头写公司名称就可以，金额{n}元",
)
_TELLING = (
    "我的电话是138{n:08d}，下午打给我",
    "加我微信，线下给您便宜{n}元",
    "等了{n}天没人理，太差劲了",
    "Please send me the verification code {n}",
)


def bench_screening(messages: int) -> Iterator[str]:
    """Lines to print: messages per second through screening, the process's peak memory, and the ratio to the rules in SQL."""
    import pyarrow as pa

    from expectations.screening_files import markers_table
    from expectations.screening_scan import checked_rules
    from ingestion.registry import source_named
    from ingestion.schema import accepted_schema

    stream = source_named("file_drop").stream("messages")
    texts = _texts(messages)
    moment = pa.array([datetime(2026, 3, 1, tzinfo=UTC)], pa.timestamp("us", tz="UTC")).take(pa.array([0] * messages))
    rows = pa.table({"message_id": pa.array(map(str, range(messages)), pa.string()), "text": texts, "sent_at": moment})
    schema = accepted_schema(stream)
    accepted = pa.table({field.name: pa.nulls(messages, field.type) for field in schema}, schema=schema)
    checked_rules()
    before = _peak_megabytes()
    begun, used = time.perf_counter(), time.process_time()
    markers = markers_table(stream, rows, accepted, Settings(Path(), token_key=b"bench"))
    seconds, seconds_used = time.perf_counter() - begun, time.process_time() - used
    peak = _peak_megabytes()
    sql, sql_used = _in_sql(texts)
    yield (
        f"screening, {messages:,} messages: {messages / seconds:,.0f} rows/s ({seconds:.1f} s, {seconds_used:.1f} s of processor), "
        f"{markers.num_rows - messages:,} markers, {peak:,.0f} MB at most ({before:,.0f} before), "
        f"{seconds / sql:.1f} x the same rules in DuckDB SQL ({sql:.2f} s), {seconds_used / sql_used:.1f} x its processor"
    )


def _texts(messages: int) -> pa.Array:
    import pyarrow as pa

    found = []
    for number in range(messages):
        form = _TELLING[number // 20 % len(_TELLING)] if number % 20 == 0 else _ORDINARY[number % len(_ORDINARY)]
        found.append(form.format(n=number))
    return pa.array(found, pa.string())


def _in_sql(texts: pa.Array) -> tuple[float, float]:
    """Seconds and processor seconds of the rules as SQL: a regular expression each over the text without signs. No checksums, no denial, no snippets."""
    import duckdb
    import pyarrow as pa

    from expectations.screening_scan import cheap_test, checked_rules

    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.register("given", pa.table({"text": texts}))
        connection.execute("create table messages as select text from given")
        tests = ", ".join(
            "count_if(regexp_matches(plain, '" + cheap_test(rule).replace("'", "''") + "'))" for rule in checked_rules()
        )
        begun, used = time.perf_counter(), time.process_time()
        connection.execute(
            f"select {tests} from (select regexp_replace(lower(nfc_normalize(text)), '[^\\pL\\pN@]+', '', 'g') as plain from messages)"
        ).fetchall()
        return time.perf_counter() - begun, time.process_time() - used


def _peak_megabytes() -> float:
    """The most memory this process has had at once."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)
