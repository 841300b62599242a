"""Rows of `trending` as documents of `music-trending-*`."""

from __future__ import annotations

from pyspark.sql import Row

from .bulk_lines import Document, of_its_day
from .event_schema import event_schema
from .opensearch import Template
from .row_time import iso

NAME = "music-trending"


def template() -> Template:
    """Fields of the kinds that the service's own documents have."""
    kinds = event_schema().mappings
    keyword, whole, date = kinds["keyword"], kinds["whole"], kinds["date"]
    return Template(
        NAME,
        1,
        {
            "@timestamp": date,
            "window": {"properties": {"length": keyword, "start": date, "end": date}},
            "dimension": keyword,
            "key": keyword,
            "label": keyword,
            "plays": whole,
            "listeners": whole,
            "skips": whole,
            "skip_rate": kinds["float"],
            "counted": whole,
        },
    )


def document(row: Row) -> Document:
    """One for each window, dimension and key. Only more events replace it, never an older state of it, or the same."""
    start = iso(row.window_start)
    return of_its_day(
        NAME,
        start,
        key=(row.length, start, row.dimension, row.key),
        version=row.counted,
        body={
            "@timestamp": start,
            "window": {"length": row.length, "start": start, "end": iso(row.window_end)},
            "dimension": row.dimension,
            "key": row.key,
            "label": row.label,
            "plays": row.plays,
            "listeners": row.listeners,
            "skips": row.skips,
            **({} if row.skip_rate is None else {"skip_rate": row.skip_rate}),
            "counted": row.counted,
        },
    )
