"""Reading the published marts for the command line: KPI tables in Chinese or English."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

from rich.box import SIMPLE_HEAD
from rich.table import Table

from deskmart.errors import UsageError
from deskmart.lake import Lake
from deskmart.settings import Settings

if TYPE_CHECKING:
    import duckdb

Language = Literal["zh", "en"]
SCOPES = ("company", "channel", "queue", "team", "agent")
_HEADS: dict[Language, tuple[str, ...]] = {
    "en": ("KPI", "member", "channel", "value", "target", "band", "sample", "pending", "kept out", "7 days", "before", "change"),
    "zh": ("指标", "对象", "渠道", "数值", "目标", "评级", "样本", "待定", "隔离占比", "近7天", "前7天", "变化"),
}
_GROUPS: dict[Language, dict[str, str]] = {
    "en": {},
    "zh": {"voice": "电话", "chat": "在线", "written": "工单", "all": "全部"},
}
_BANDS: dict[Language, dict[str, str]] = {
    "en": {"none": ""},
    "zh": {"excellent": "优秀", "pass": "达标", "below": "未达标", "none": ""},
}
_ARROWS = {"better": "[green]▲[/green]", "worse": "[red]▼[/red]", "flat": "="}


@dataclass(frozen=True, slots=True)
class Line:
    """One KPI of one member over the asked days: parts re-summed, the change as of the last day.

    `quarantined_share` is that of the company's records behind the KPI which the gate keeps out, None where nothing tells it.
    """

    kpi: str
    variant: str
    name: str
    kind: str
    unit: str
    display_factor: float
    scope_id: str
    channel_group: str
    numerator: float | None
    denominator: float | None
    sample_size: int
    pending_size: int
    value_7d: float | None
    value_prev_7d: float | None
    change_abs: float | None
    change_rel: float | None
    verdict: str | None
    target_low: float | None
    target_high: float | None
    direction: str
    quarantined_share: float | None = None

    @property
    def value(self) -> float | None:
        """The quotient of the re-summed parts, None when there is nothing to divide by; the numerator where none is divided."""
        if self.numerator is None or self.denominator is None:
            return self.numerator
        return self.numerator / self.denominator if self.denominator else None


def kpi_lines(
    settings: Settings,
    codes: Sequence[str] = (),
    scope: str = "company",
    since: date | None = None,
    until: date | None = None,
    lang: Language = "en",
) -> list[Line]:
    """KPIs of the published marts from `since` up to, not including, `until`; `UsageError` for an unknown code or scope."""
    if scope not in SCOPES:
        raise UsageError(f"no scope is called {scope!r}", todo=f"known: {', '.join(SCOPES)}")
    with connect(settings) as connection:
        known = {row[0] for row in connection.execute("select distinct kpi from kpi_catalog").fetchall()}
        if unknown := [code for code in codes if code not in known]:
            raise UsageError(f"no KPI is called {unknown[0]!r}", todo=f"known: {', '.join(sorted(known))}")
        known_tables = {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
        coverage = "mart_kpi_coverage" if "mart_kpi_coverage" in known_tables else _NO_COVERAGE  # an earlier version has none
        rows = connection.execute(
            _QUERY.format(name=f"name_{lang}", coverage=coverage),
            {"scope": scope, "codes": list(codes), "since": since or date.min, "until": until or date.max},
        ).fetchall()
    return [Line(*row) for row in rows]


_NO_COVERAGE = """(
    select null::varchar as kpi, null::date as service_date, 0 as quarantined_records, 0 as held_back_records, 0 as accepted_records
)"""
_QUERY = """
    with asked as (
        select * from mart_kpi_daily
        where scope = $scope and service_date >= $since and service_date < $until
        and (len($codes::varchar[]) = 0 or list_contains($codes::varchar[], kpi))
    ),
    summed as (
        select
            kpi, variant, scope_id, channel_group, sum(numerator) as numerator, max_by(numerator, service_date) as last_numerator,
            sum(denominator) as denominator, max_by(denominator, service_date) as last_denominator,
            max(service_date) - min(service_date) + 1 as days, sum(sample_size) as sample_size, max_by(sample_size, service_date) as last_sample,
            sum(pending_size) as pending_size, max(service_date) as service_date
        from asked group by all
    ),
    covered as (
        select kpi, sum(quarantined_records + held_back_records)::double as kept_out,
            sum(accepted_records + quarantined_records + held_back_records)::double as records
        from {coverage} where service_date >= $since and service_date < $until group by all
    ),
    catalogue as (select *, rowid as position from kpi_catalog qualify row_number() over (partition by kpi, variant order by version desc) = 1)
    select
        summed.kpi, summed.variant,
        catalogue.{name} || case when catalogue.variant like '{{%' then ' ' || summed.variant else '' end,
        catalogue.kind, catalogue.unit, catalogue.display_factor, summed.scope_id,
        summed.channel_group,
        (case catalogue.kind
            when 'stock' then last_numerator
            when 'distribution' then case summed.days when 1 then last.value when 7 then last.value_7d end
            else summed.numerator
        end)::double,
        (case when catalogue.kind = 'stock' then last_denominator else summed.denominator end)::double,
        (case when catalogue.kind = 'stock' then last_sample else summed.sample_size end)::bigint,
        summed.pending_size::bigint, last.value_7d, last.value_prev_7d, last.change_abs, last.change_rel, last.verdict,
        last.target_low, last.target_high, catalogue.direction, covered.kept_out / nullif(covered.records, 0)
    from summed
    left join covered on covered.kpi = summed.kpi
    left join catalogue as named on named.kpi = summed.kpi and named.variant = summed.variant
    inner join catalogue
    on catalogue.kpi = summed.kpi
        and (catalogue.variant = summed.variant or (named.variant is null and catalogue.variant like '{{%'))
    inner join asked as last
    on (last.kpi, last.variant, last.scope_id, last.channel_group, last.service_date)
        = (summed.kpi, summed.variant, summed.scope_id, summed.channel_group, summed.service_date)
    order by catalogue.position, summed.variant, summed.channel_group, summed.scope_id
"""


def connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the published marts; `UsageError` when nothing is published yet."""
    import duckdb

    path = Lake(settings.home).marts
    if not path.exists():
        raise UsageError("nothing is published in this home yet", todo="run `deskmart run` or `make demo` first")
    connection = duckdb.connect(str(path.resolve()), read_only=True)
    connection.execute("set TimeZone = 'UTC'")
    return connection


def kpi_table(settings: Settings, lang: Language = "en") -> Table:
    """The demo's table: the headline KPIs by channel, some by team, each over the last 7 days that are settled for it."""
    title = "KPIs over the last 7 settled days, by channel and team" if lang == "en" else "各指标最近 7 个已结算日，按渠道与团队"
    table = _table(lang, title, leave_out=(9,))
    ends = _settled_ends(settings)
    for scope, codes in (("company", HEADLINES), ("team", _BY_TEAM)):
        for day in sorted(set(ends.values()), reverse=True):
            asked = [code for code in ends if ends[code] == day and code in codes]
            if not asked:
                continue
            for line in kpi_lines(settings, asked, scope, day - timedelta(days=6), day + timedelta(days=1), lang):
                if (
                    line.sample_size
                    and (line.kpi == "aov" or line.variant in ("default", "offered", "talk_hold"))
                    and _is_headline(line)
                ):
                    table.add_row(*_week(line, lang))
        table.add_section()
    return table


def _week(line: Line, lang: Language) -> list[str]:
    """A line of the demo's table: the value there is that of the 7 days already."""
    row = cells(line, lang)
    return row[:9] + row[10:]


HEADLINES = (
    "offered", "answered", "answer_rate", "abandon_rate", "service_level", "asa", "talk_time", "aht", "transfer_rate", "frt",
    "avg_response", "no_reply_rate", "resolution_rate", "fcr", "reopen_rate", "escalation_rate", "time_to_resolve", "backlog", "csat",
    "nps", "inquiry_conversion", "occupancy", "adherence", "compliance_pass_rate", "pii_leak_rate", "negative_sentiment_rate",
)  # fmt: skip
_BY_TEAM = ("aht", "frt", "csat", "resolution_rate", "fcr")


def _is_headline(line: Line) -> bool:
    """Per channel group for the company; for teams the total where there is one."""
    return line.scope_id == "company" or line.channel_group == "all" or line.kpi in ("aht", "frt")


def _settled_ends(settings: Settings) -> dict[str, date]:
    """For each KPI the last day on which its company row is settled; the last day of all where none is."""
    with connect(settings) as connection:
        rows = connection.execute(
            "select kpi, coalesce(max(service_date) filter (where is_settled), max(service_date)) from mart_kpi_daily "
            "where scope = 'company' and channel_group <> 'all' group by all"
        ).fetchall()
    return {str(kpi): day for kpi, day in rows}


def lines_table(lines: Sequence[Line], lang: Language) -> Table:
    """Any KPI lines as a table."""
    table = _table(lang, "")
    for line in lines:
        table.add_row(*cells(line, lang))
    return table


def cells(line: Line, lang: Language) -> list[str]:
    """One line as texts, in the unit people read."""
    return [
        (line.name if lang == "zh" else line.kpi) + ("" if line.variant == "default" or lang == "zh" else f" {line.variant}"),
        line.scope_id,
        _GROUPS[lang].get(line.channel_group, line.channel_group),
        shown(line.value, line),
        _target(line),
        _BANDS[lang].get(_band(line), _band(line)),
        f"{line.sample_size:,}",
        f"{line.pending_size:,}" if line.pending_size else "",
        "" if line.quarantined_share is None else f"{line.quarantined_share:.1%}",
        shown(line.value_7d, line),
        shown(line.value_prev_7d, line),
        _change(line),
    ]


def shown(value: float | None, line: Line) -> str:
    """A value for people: percent for rates, seconds, whole counts; '–' when there is none."""
    if value is None:
        return "–"
    if line.denominator is None and line.kind in ("count", "stock"):
        return f"{value:,.0f}"
    if line.display_factor == 100:
        return f"{value * 100:.1f} %" if line.unit == "rate" else f"{value * 100:,.1f}"
    return f"{value:,.1f} s" if line.unit == "seconds" else f"{value:,.2f}"


def _target(line: Line) -> str:
    if line.direction == "up" and line.target_low is not None:
        return f"≥ {shown(line.target_low, line)}"
    if line.direction == "down" and line.target_high is not None:
        return f"≤ {shown(line.target_high, line)}"
    return ""


def _band(line: Line) -> str:
    """The band of the re-summed value against the target of the last day."""
    value, low, high = line.value, line.target_low, line.target_high
    if value is None or line.direction not in ("up", "down"):
        return "none"
    passing, excellent = (low, high) if line.direction == "up" else (high, low)
    sign = 1 if line.direction == "up" else -1
    if passing is None:
        return "none"
    if excellent is not None and sign * value >= sign * excellent:
        return "excellent"
    return "pass" if sign * value >= sign * passing else "below"


def _change(line: Line) -> str:
    if line.change_abs is None:
        return ""
    if line.display_factor == 100:
        text = f"{line.change_abs * 100:+.1f} pt"
    else:
        text = f"{line.change_rel:+.1%}" if line.change_rel is not None else f"{line.change_abs:+,.0f}"
    return f"{text} {_ARROWS.get(line.verdict or '', '')}".strip()


def _table(lang: Language, title: str, leave_out: tuple[int, ...] = ()) -> Table:
    table = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for number, head in enumerate(_HEADS[lang]):
        if number not in leave_out:
            right = number in (3, 4, 6, 7, 8, 9, 10, 11)
            table.add_column(head, justify="right" if right else "left", no_wrap=True, overflow="fold")
    return table


def plain(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Lines as plain values, for JSON."""
    return [{**{name: getattr(line, name) for name in Line.__dataclass_fields__}, "value": line.value} for line in lines]
