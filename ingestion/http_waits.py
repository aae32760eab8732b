"""What a server's headers say about waiting."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_REMAINING = ("x-rate-limit-remaining", "x-ratelimit-remaining", "ratelimit-remaining")
_RESET = ("ratelimit-reset", "x-rate-limit-reset", "x-ratelimit-reset")
_AN_EPOCH = 1_000_000_000  # larger resets are moments, smaller ones spans


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait after a refusal: `Retry-After` as seconds or HTTP date, else the rate limit's reset; None: not said."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return _reset(headers)
    if (seconds := _number(text)) is not None:
        return max(seconds, 0.0)
    if (moment := _moment(text)) is None:
        return None
    return max((moment - (_moment(headers.get("date", "")) or datetime.now(UTC))).total_seconds(), 0.0)


def seconds_until_reset(headers: Mapping[str, str]) -> float | None:
    """Seconds until we may ask again when a good answer says that nothing of the rate limit is left; else None."""
    if not any(_number(headers.get(name, "")) == 0 for name in _REMAINING):
        return None
    return _reset(headers)


def _reset(headers: Mapping[str, str]) -> float | None:
    for name in _RESET:
        if (value := _number(headers.get(name, ""))) is not None:
            return max(value - datetime.now(UTC).timestamp(), 0.0) if value > _AN_EPOCH else max(value, 0.0)
    return None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
