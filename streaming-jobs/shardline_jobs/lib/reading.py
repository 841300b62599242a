"""A decoded event → the columns of it, or why not: the rules of the service's `music-events` transform."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from .decode import Fault
from .event_schema import EventSchema, Shape
from .instant import read_instant

Value = str | int | float | bool
_MOST_SAFE = 2**53 - 1
#: The least double that rounds to infinity as a 32-bit float.
_FLOAT_OVERFLOW = float.fromhex("0x1.ffffffp127")
_MOST_ID_BYTES = 512


def _keyword(value: object) -> str | None:
    if isinstance(value, str):
        return value
    whole = _whole(value)
    return None if whole is None else str(whole)


def _whole(value: object) -> int | None:
    if isinstance(value, float) and value.is_integer() and abs(value) <= _MOST_SAFE:
        return int(value)
    return None


def _float(value: object) -> float | None:
    return value if isinstance(value, float) and math.isfinite(value) and abs(value) < _FLOAT_OVERFLOW else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _seconds(value: object) -> float | None:
    ms = _float(value)
    return None if ms is None else ms / 1_000


def _unquoted(value: object) -> str | None:
    text = _keyword(value)
    return text[1:-1] if text and len(text) > 1 and text[0] == text[-1] == '"' else text


def _logged_in(value: object) -> bool | None:
    return value == "Logged In" if isinstance(value, str) else None


#: By the names of kinds and of `READINGS` in the service's shape.ts. Dates are epoch milliseconds here.
READINGS: Mapping[str, Callable[[object], Value | None]] = {
    "keyword": _keyword,
    "whole": _whole,
    "float": _float,
    "flag": _flag,
    "date": read_instant,
    "seconds": _seconds,
    "unquoted": _unquoted,
    "logged_in": _logged_in,
}


def _absent(value: object) -> bool:
    return value is None or value == ""


def _type_of(value: object) -> str:
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, bool):
        return "a boolean"
    return "a string" if isinstance(value, str) else "a number"


def _refusal(shape: Shape, key: str, expected: str, value: object) -> Fault:
    found = f"missing; expected {expected}" if _absent(value) else f"{_type_of(value)} that is not {expected}"
    return Fault("transform-invalid", f"not a {shape.name}: {key} is {found}")


def _read_shape(shape: Shape, schema: EventSchema, source: Mapping[str, object]) -> tuple[int, dict[str, Value]]:
    at_ms = read_instant(source.get(shape.time_key))
    if at_ms is None:
        raise _refusal(shape, shape.time_key, schema.instant_expected, source.get(shape.time_key))
    columns: dict[str, Value] = {}
    for field in shape.fields:
        raw = source.get(field.key)
        if raw is None or raw == "":
            if field.required:
                raise _refusal(shape, field.key, field.expected, raw)
            continue
        value = READINGS[field.reading](raw)
        if value is None:
            raise _refusal(shape, field.key, field.expected, raw)
        if value != "":
            columns[field.column] = value
    return at_ms, columns


def _sound(columns: dict[str, Value]) -> dict[str, Value]:
    """Halves of surrogate pairs are no characters: Spark's strings cannot hold them."""
    for column, value in columns.items():
        if isinstance(value, str) and not value.isascii():
            columns[column] = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return columns


def _check_id(shape: Shape, event_id: object) -> None:
    """The `_id` rules of the service's src/sink: text that OpenSearch takes."""
    text = str(event_id)
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError:
        raise Fault("document-id", f"the id of a {shape.name} holds half a surrogate pair") from None
    if size > _MOST_ID_BYTES:
        raise Fault("document-id", f"the id of a {shape.name} has {size} bytes; at most {_MOST_ID_BYTES} are taken")


def _name_log_event(columns: dict[str, Value]) -> None:
    """A log line has no id of its own; user, session and place within the session make one."""
    user = columns.get("user_id", "anonymous")
    session, item = columns.get("interaction_session_id"), columns.get("interaction_item_in_session")
    columns["event_id"] = f"{user}-{session}-{item}"
    columns["event_type"] = "song_play" if columns.get("event_page") == "NextSong" else "page_view"


def read_event(source: Mapping[str, object], schema: EventSchema) -> tuple[int, dict[str, Value]]:
    """Epoch milliseconds and columns of an event of either shape. Raises Fault for what is none."""
    canonical, log = schema.canonical, schema.service_log
    if any(sign in source for sign in canonical.signs):
        at_ms, columns = _read_shape(canonical, schema, source)
        _check_id(canonical, columns["event_id"])
        return at_ms, _sound(columns)
    if not any(sign in source for sign in log.signs):
        neither = [f"not a {each.name} (it has none of {', '.join(each.signs)})" for each in (canonical, log)]
        raise Fault("transform-invalid", " and ".join(neither))
    at_ms, columns = _read_shape(log, schema, source)
    _name_log_event(columns)
    _check_id(log, columns["event_id"])
    return at_ms, _sound(columns)
