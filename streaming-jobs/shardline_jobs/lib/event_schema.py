"""The service's one definition of events, as `scripts/generate.mjs` writes it to `events.schema.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class SourceField:
    """One field of an incoming event, and the column it becomes."""

    key: str
    column: str
    reading: str
    expected: str
    required: bool


@dataclass(frozen=True)
class Shape:
    """An incoming shape of event: any of `signs` makes an event one of it."""

    name: str
    signs: Sequence[str]
    time_key: str
    fields: Sequence[SourceField]


@dataclass(frozen=True)
class EventSchema:
    """What jobs know of events."""

    instant_expected: str
    plays: frozenset[str]
    canonical: Shape
    service_log: Shape
    #: Column → kind, in the order of the document.
    columns: Mapping[str, str]
    #: Kind → OpenSearch's mapping of it.
    mappings: Mapping[str, Mapping[str, object]]


def _column(group: str, field: str) -> str:
    return f"{group}_{field}"


def _shape(raw: dict) -> Shape:
    # Names of persons are dropped, as the service does unless it is told to keep them.
    fields = [
        SourceField(
            each["key"], _column(each["group"], each["field"]), each["reading"], each["expected"], each["required"]
        )
        for each in raw["fields"]
        if not each["personal"]
    ]
    return Shape(raw["name"], tuple(raw["signs"]), raw["time_key"], tuple(fields))


@cache
def event_schema() -> EventSchema:
    """Read once a process."""
    raw = json.loads(resources.files("shardline_jobs").joinpath("events.schema.json").read_text("utf-8"))
    shapes = {shape["name"]: _shape(shape) for shape in raw["shapes"]}
    read = {field.column for shape in shapes.values() for field in shape.fields}
    columns = {
        _column(group, field): kind
        for group, fields in raw["fields"].items()
        for field, kind in fields.items()
        if _column(group, field) in read
    }
    return EventSchema(
        instant_expected=raw["instant_expected"],
        plays=frozenset(raw["plays"]),
        canonical=shapes["canonical event"],
        service_log=shapes["streaming-service log event"],
        columns=columns,
        mappings={name: kind["mapping"] for name, kind in raw["kinds"].items()},
    )
