"""Rows of `top_sink` as documents of `music-top-*`."""

from __future__ import annotations

from pyspark.sql import Row

from .bulk_lines import Document, of_its_day
from .event_schema import event_schema
from .opensearch import Template
from .row_time import iso

NAME = "music-top"


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
            "rank": whole,
            "key": keyword,
            "label": keyword,
            "plays": whole,
            "listeners": whole,
            "rank_before": whole,
            "movement": keyword,
            "moved": whole,
            "final": kinds["flag"],
        },
    )


def document(row: Row) -> Document:
    """One for each window, dimension and rank. Only one that was made from more events replaces it."""
    start = iso(row.window_start)
    key = (row.length, start, row.dimension, str(row.rank))
    body = {
        "@timestamp": start,
        "window": {"length": row.length, "start": start, "end": iso(row.window_end)},
        "dimension": row.dimension,
        "rank": row.rank,
        "key": row.key,
        "label": row.label,
        "plays": row.plays,
        "listeners": row.listeners,
        "rank_before": row.rank_before,
        "movement": row.movement,
        "moved": row.moved,
        "final": row.final,
    }
    return of_its_day(NAME, start, key, row.version, {name: value for name, value in body.items() if value is not None})
