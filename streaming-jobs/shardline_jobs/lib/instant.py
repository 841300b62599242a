"""Instants, read as the service's `src/transform/music-events/instant.ts` reads them."""

from __future__ import annotations

import math
import re
from datetime import date

FIRST_MS = -62_135_596_800_000
LAST_MS = 253_402_300_799_999
_DAY_MS = 86_400_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
# The calendar repeats every 400 years; Python's has no year 0, so that one is asked 400 later.
_CYCLE_DAYS = 146_097

_ISO = re.compile(
    r"([0-9]{4})-(0[1-9]|1[0-2])-([0-9]{2})"
    r"(?:T([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.,]([0-9]{1,9}))?)?"
    r"(?:Z|([+-])([01][0-9]|2[0-3])(?::?([0-5][0-9]))?)?)?"
)


def _within(ms: float) -> int | None:
    return int(ms) if FIRST_MS <= ms <= LAST_MS else None


def _days(year: int, month: int, day: int) -> int | None:
    try:
        if year == 0:
            return date(400, month, day).toordinal() - _CYCLE_DAYS - _EPOCH_DAY
        return date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None


def _iso_ms(text: str) -> int | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, sign, offset_hours, offset_minutes = match.groups()
    days = _days(int(year), int(month), int(day))
    if days is None:
        return None
    minutes = int(hour or 0) * 60 + int(minute or 0)
    offset = (-1 if sign == "-" else 1) * (int(offset_hours or 0) * 60 + int(offset_minutes or 0))
    ms = int((fraction or "").ljust(3, "0")[:3])
    return _within(days * _DAY_MS + (minutes - offset) * 60_000 + int(second or 0) * 1_000 + ms)


def _rounded(value: float) -> float:
    """As JavaScript's Math.round: halves go up."""
    if not math.isfinite(value):
        return value
    whole = math.floor(value)
    return whole + 1 if value - whole >= 0.5 else whole


def read_instant(value: object) -> int | None:
    """Epoch milliseconds of ISO-8601 text (UTC where it names no zone) or of a number; None for what is neither.

    A number is seconds where that lies in the years 1 to 9999, else milliseconds.
    """
    if isinstance(value, str):
        return _iso_ms(value)
    if not isinstance(value, float):
        return None
    seconds = _within(_rounded(value * 1_000))
    if seconds is not None:
        return seconds
    return _within(math.trunc(value)) if math.isfinite(value) else None
