"""The bytes of a record → one JSON object, or why not: the rules of the service's `src/decode`, mode `json`."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import NoReturn

LIMIT_BYTES = 16 * 1024 * 1024
_KPL_MAGIC = b"\xf3\x89\x9a\xc2"
_DIGEST_BYTES = 16
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Fault(Exception):
    """Why something can never become an event. `message` never holds the record's contents."""

    reason: str
    message: str


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


# Every number is a double, as in JavaScript; and no number of any length is refused.
_DECODER = json.JSONDecoder(parse_int=float, parse_constant=_no_constant)


def is_kpl_aggregate(data: bytes) -> bool:
    """Magic, protobuf, and the protobuf's MD5, as in the KCL's AggregatorUtil."""
    if not data.startswith(_KPL_MAGIC) or len(data) <= len(_KPL_MAGIC) + _DIGEST_BYTES:
        return False
    body = data[len(_KPL_MAGIC) : -_DIGEST_BYTES]
    return hashlib.md5(body, usedforsecurity=False).digest() == data[-_DIGEST_BYTES:]


def _gunzip(data: bytes) -> bytes:
    """Unpacks one or several gzip members (RFC 1952, 2.2) into at most LIMIT_BYTES."""
    unpacked = bytearray()
    rest = data
    while rest:
        member = zlib.decompressobj(wbits=31)
        try:
            unpacked += member.decompress(rest, LIMIT_BYTES + 1 - len(unpacked))
        except zlib.error:
            raise Fault("decode-gzip", f"gzip: damaged ({len(data)} bytes)") from None
        if len(unpacked) > LIMIT_BYTES or member.unconsumed_tail:
            raise Fault("decode-too-large", f"gzip: unpacks to more than {LIMIT_BYTES} bytes")
        if not member.eof:
            raise Fault("decode-gzip", f"gzip: cut short ({len(data)} bytes)")
        rest = member.unused_data
    return bytes(unpacked)


def decode(data: bytes) -> dict[str, object]:
    """The record's JSON object. Raises Fault for anything else."""
    if is_kpl_aggregate(data):
        raise Fault("decode-kpl", "an aggregate of the Kinesis Producer Library; these are not read yet")
    if data.startswith(b"\x1f\x8b"):
        data = _gunzip(data)
    if len(data) > LIMIT_BYTES:
        raise Fault("decode-too-large", f"{len(data)} bytes; at most {LIMIT_BYTES} are read")
    if not data:
        raise Fault("decode-empty", "the record has no content")
    try:
        text = data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError:
        raise Fault("decode-utf8", f"not UTF-8 ({len(data)} bytes)") from None
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise Fault("transform-garbage", "nested too deep to be read") from None
    except json.JSONDecodeError as error:
        raise Fault("decode-json", f"not JSON: wrong from character {error.pos} of {len(text)} on") from None
    except ValueError:
        raise Fault("decode-json", "not JSON: NaN and infinities are no numbers of it") from None
    if isinstance(value, dict):
        return value
    raise Fault("decode-not-object", f"a JSON object is expected, this is {_named(value)}")


def _named(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, bool):
        return "a boolean"
    return "a string" if isinstance(value, str) else "a number"
