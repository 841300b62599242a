"""Rows of `enriched` as documents of `music-enriched-*`."""

from __future__ import annotations

from pyspark.sql import Row

from .bulk_lines import Document, of_its_day
from .event_schema import event_schema
from .matching import SONG
from .opensearch import Template
from .row_time import epoch_ms, iso

NAME = "music-enriched"
_KINDS = {"string": "keyword", "int": "whole", "double": "float"}


def template() -> Template:
    """Fields of the kinds that the service's own documents have."""
    kinds = event_schema().mappings
    keyword, date, number, flag = kinds["keyword"], kinds["date"], kinds["float"], kinds["flag"]
    catalogue = {field.name: kinds[_KINDS[field.dataType.simpleString()]] for field in SONG.fields}
    fields = {
        "@timestamp": date,
        "kind": keyword,
        "event": {"properties": {"id": keyword}},
        "listener": keyword,
        "user": {"properties": {"id": keyword, "country": keyword}},
        "interaction": {"properties": {"session_id": keyword, "platform": keyword}},
        "artist": {"properties": {"id": keyword, "name": keyword}},
        "song": {"properties": {"id": keyword, "title": keyword, "duration_seconds": number}},
        "skipped": flag,
        "skipped_after_seconds": number,
        "liked": flag,
        "liked_after_seconds": number,
        "match": keyword,
        "score": number,
        "catalogue": {"properties": {"version": keyword, "written_at": date, **catalogue}},
    }
    return Template(NAME, 1, fields)


def _known(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value not in (None, {})}


def _after(row: Row) -> dict[str, object]:
    """Only of a play it is said whether it was skipped or liked."""
    if row.kind != "play":
        return {}
    at_ms = epoch_ms(row.event_at)
    said: dict[str, object] = {}
    for name, at in (("skipped", row.skipped_at), ("liked", row.liked_at)):
        said[name] = at is not None
        if at is not None:
            said[f"{name}_after_seconds"] = (epoch_ms(at) - at_ms) / 1_000
    return said


def document(row: Row) -> Document:
    """One for each play, and each reaction without one. Only a later catalogue replaces it, or more reactions."""
    start = iso(row.event_at)
    at_ms = epoch_ms(row.catalogue_at)
    follows = (row.skipped_at is not None) + (row.liked_at is not None)
    told = {name: row[f"catalogue_{name}"] for name in SONG.names}
    return of_its_day(
        NAME,
        start,
        key=(row.kind, row.event_id),
        version=at_ms * 4 + follows,
        body=_known(
            {
                "@timestamp": start,
                "kind": row.kind,
                "event": {"id": row.event_id},
                "listener": row.listener,
                "user": _known({"id": row.user_id, "country": row.user_country}),
                "interaction": _known({"session_id": row.interaction_session_id, "platform": row.interaction_platform}),
                "artist": _known({"id": row.artist_id, "name": row.artist_name}),
                "song": _known(
                    {"id": row.song_id, "title": row.song_title, "duration_seconds": row.song_duration_seconds}
                ),
                **_after(row),
                "match": row.match,
                "score": row.score,
                "catalogue": _known({"version": row.catalogue_version, "written_at": iso(row.catalogue_at), **told}),
            }
        ),
    )
