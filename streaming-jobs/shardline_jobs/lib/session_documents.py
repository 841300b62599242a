"""Flagged rows of `sessions` as documents of `music-flagged-*`."""

from __future__ import annotations

from pyspark.sql import Row

from .bulk_lines import Document, of_its_day
from .event_schema import event_schema
from .opensearch import Template
from .row_time import iso

NAME = "music-flagged"


def template() -> Template:
    """Fields of the kinds that the service's own documents have."""
    kinds = event_schema().mappings
    keyword, whole, date, number = kinds["keyword"], kinds["whole"], kinds["date"], kinds["float"]
    fields = {
        "@timestamp": date,
        "listener": keyword,
        "last_event": date,
        "events": whole,
        "plays": whole,
        "listened_seconds": number,
        "offered_seconds": number,
        "device_changes": whole,
        "flags": keyword,
        "continued": kinds["flag"],
        "cut": kinds["flag"],
    }
    return Template(NAME, 2, fields)


def document(row: Row) -> Document:
    """One for each listener and beginning. Only one of more events replaces it."""
    start = iso(row.session_start)
    return of_its_day(
        NAME,
        start,
        key=(row.listener, start),
        version=row.events,
        body={
            "@timestamp": start,
            "listener": row.listener,
            "last_event": iso(row.last_event),
            "events": row.events,
            "plays": row.plays,
            "listened_seconds": row.listened_s,
            "offered_seconds": row.offered_s,
            "device_changes": row.device_changes,
            "flags": list(row.flags),
            "continued": row.continued,
            "cut": row.cut,
        },
    )
