"""Timestamps of collected rows."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(at: datetime) -> str:
    """ISO-8601 in UTC with milliseconds. Spark hands out the machine's local time, without a zone."""
    return datetime.fromtimestamp(at.timestamp(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def epoch_ms(at: datetime) -> int:
    """The same instant, as epoch milliseconds."""
    return round(at.timestamp() * 1_000)
