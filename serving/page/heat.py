"""The hours of the week: how much comes in, and how much of it is answered in target."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from expectations.report_html import told
from serving.page.book import Hour
from serving.page.words import percent, rounded

FEWEST = 10  # legs of an hour of which a share is coloured
WEEKDAYS = (("周一", "Mon"), ("周二", "Tue"), ("周三", "Wed"), ("周四", "Thu"), ("周五", "Fri"), ("周六", "Sat"), ("周日", "Sun"))


def heat(hours: Sequence[Hour]) -> str:
    """Two tables by weekday and hour: legs a day, and the share answered in target."""
    by = {(one.weekday, one.hour): one for one in hours}
    most = max(one.offered / one.days for one in hours) or 1
    volume = {
        key: (_step(one.offered / one.days / most), _short(one.offered, one.days)) for key, one in by.items() if one.offered
    }
    service = {key: (_judged(one), percent(Decimal(one.met) / one.judged, 0)) for key, one in by.items() if one.judged}
    return _map(volume, "v", "日均进线量", "Contacts offered a day") + _map(service, "s", "服务水平 %", "Service level, %")


def _step(share: float) -> str:
    return f"v{min(7, int(share * 8))}"


def _judged(hour: Hour) -> str:
    if hour.judged < FEWEST:
        return "few"
    rate = hour.met / hour.judged
    return "s0" if rate < 0.6 else "s1" if rate < 0.7 else "s2" if rate < 0.8 else "s3" if rate < 0.9 else "s4"


def _short(count: int, days: int) -> str:
    number = Decimal(count) / days
    return f"{rounded(number, 0 if number >= 10 else 1)}"


def _map(cells: dict[tuple[int, int], tuple[str, str]], style: str, zh: str, en: str) -> str:
    heads = "".join(f'<th class="{"q" if hour % 3 else ""}">{hour}</th>' for hour in range(24))
    rows = ""
    for weekday, name in enumerate(WEEKDAYS, start=1):
        row = "".join(_heat_cell(cells.get((weekday, hour))) for hour in range(24))
        rows += f"<tr><th>{told(*name)}</th>{row}</tr>"
    return (
        f'<figure><figcaption>{told(zh, en)}</figcaption><table class="heat {style}"><thead><tr><th></th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></figure>"
    )


def _heat_cell(one: tuple[str, str] | None) -> str:
    return f'<td class="{one[0]}">{one[1]}</td>' if one else "<td></td>"
