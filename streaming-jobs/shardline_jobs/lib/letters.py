"""Dead letters in the service's envelope (`src/dead-letter/envelope.ts`): lines of JSON for `shardline redrive`."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

SCHEMA_VERSION = 1
_NO_NAME = re.compile(r"[^a-zA-Z0-9_.-]+")


@dataclass(frozen=True)
class Origin:
    """Where a record stood. `sequence` is a number in decimal digits; None makes one of the record's own bytes."""

    stream: str
    shard: str
    sequence: str | None
    partition_key: str | None
    arrived_ms: int


def name_of(text: str) -> str:
    """A name as the service takes it: 1 to 128 of letters, digits, `_`, `.` and `-`; the end of a long one is kept."""
    return _NO_NAME.sub("-", text)[-128:] or "-"


def sequence_of(data: bytes) -> str:
    """A record without a number of its own (a line of a file) gets the same one on every reading."""
    return str(int.from_bytes(hashlib.sha256(data).digest()[:16]))


def iso(ms: int) -> str:
    """As JavaScript's toISOString, of the years 1 to 9999."""
    second, rest = divmod(ms, 1_000)
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S").zfill(19) + f".{rest:03d}Z"


@dataclass(frozen=True)
class Letter:
    """One letter, and what says where it is kept."""

    day: str
    reason: str
    shard: str
    sequence: str
    letter_id: str
    line: str


def letter(
    origin: Origin,
    *,
    application: str,
    reason: str,
    message: str,
    raw: bytes,
    written_ms: int,
    index: str | None = None,
    answer: str | None = None,
    document: object = None,
) -> Letter:
    """Its line is one of JSON without its newline; fields that say nothing are left out."""
    stream, shard = name_of(origin.stream), name_of(origin.shard)
    sequence = origin.sequence or sequence_of(raw)
    letter_id = f"{stream}/{shard}/{sequence}/0/0/{reason}"
    arrived_at = iso(origin.arrived_ms)
    envelope = {
        "schema": SCHEMA_VERSION,
        "letter_id": letter_id,
        "reason": reason,
        "message": message,
        "application": application,
        "stream": stream,
        "shard": shard,
        "sequence_number": sequence,
        "sub_sequence_number": 0,
        "ordinal": 0,
        "partition_key": origin.partition_key,
        "arrived_at": arrived_at,
        "written_at": iso(written_ms),
        "index": index,
        "answer": answer,
        "raw": base64.b64encode(raw).decode("ascii"),
        "document": document,
    }
    line = json.dumps({name: value for name, value in envelope.items() if value is not None})
    return Letter(arrived_at[:10], reason, shard, sequence, letter_id, line)
