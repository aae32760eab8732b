"""The world's days and the rhythm in which contacts arrive."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

MINUTE, HOUR, DAY = 60, 3_600, 86_400

WEEKDAYS = (1.06, 1.0, 0.98, 0.98, 1.04, 0.98, 0.92)
HOURS = (6, 4, 3, 2, 2, 3, 6, 14, 38, 66, 84, 80, 58, 62, 76, 80, 78, 66, 52, 58, 66, 58, 44, 30)
CHANNELS = (("call", 0.625), ("chat", 0.15), ("ticket", 0.2), ("hotline", 0.025))
PROMOTION_FACTOR, AFTERMATH_FACTOR = 1.9, 1.3


@dataclass(frozen=True, slots=True)
class Days:
    """A run of local days of one site. All times elsewhere in the sandbox are epoch seconds (UTC)."""

    first: date
    count: int
    zone: ZoneInfo

    def day(self, index: int) -> date:
        return self.first + timedelta(days=index)

    def midnight(self, index: int) -> int:
        """Epoch seconds of the local midnight at which day `index` begins; may lie outside the run."""
        return int(datetime.combine(self.day(index), time(), self.zone).timestamp())

    @property
    def start(self) -> int:
        return self.midnight(0)

    @property
    def end(self) -> int:
        return self.midnight(self.count)

    def index_of(self, at: int) -> int:
        """Which local day `at` falls on; negative before the run."""
        return (self.local(at).date() - self.first).days

    def local(self, at: int) -> datetime:
        return datetime.fromtimestamp(at, self.zone)

    def stamp(self, at: int) -> str:
        """Local wall time as `YYYY-MM-DD HH:MM:SS`, without a zone, as most exports write it."""
        return self.local(at).strftime("%Y-%m-%d %H:%M:%S")

    @property
    def promotion(self) -> int:
        """The index of the promotion day, or -1 in a world too short to have one."""
        return int(self.count * 0.6) if self.count >= 7 else -1


def shown(at: float) -> int:
    """What a living shop shows at `at`: five minutes past the present half hour, a new one from ten minutes before it strikes.

    So whoever asks at midnight for the day that ended finds it whole.
    """
    return int((at + 10 * MINUTE) // (30 * MINUTE) * (30 * MINUTE) + 5 * MINUTE)


def utc(at: int) -> str:
    """ISO 8601 in UTC as Zendesk writes it: `2026-10-01T00:00:00Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def arrivals(days: Days, per_day: int, rng: Random) -> Iterator[tuple[int, str]]:
    """Every (moment, channel) at which somebody makes contact, in order.

    The number of contacts is `per_day` times the number of days, spread over days by weekday and promotion, over hours by
    the usual two humps.
    """
    weights = [_day_weight(days, index) for index in range(days.count)]
    total, scale, done, owed = sum(weights), per_day * days.count, 0, 0.0
    names, shares = [name for name, _ in CHANNELS], [share for _, share in CHANNELS]
    for index, weight in enumerate(weights):
        owed += weight / total * scale
        size = round(owed) - done
        done += size
        begin = days.midnight(index)
        moments = sorted(begin + HOUR * hour + rng.randrange(HOUR) for hour in rng.choices(range(24), HOURS, k=size))
        yield from zip(moments, rng.choices(names, shares, k=size), strict=True)


def _day_weight(days: Days, index: int) -> float:
    weight = WEEKDAYS[days.day(index).weekday()]
    if index == days.promotion:
        return weight * PROMOTION_FACTOR
    if index == days.promotion + 1 and days.promotion >= 0:
        return weight * AFTERMATH_FACTOR
    return weight
