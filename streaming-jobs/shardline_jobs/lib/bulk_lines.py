"""Documents, and the requests that carry them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Document:
    """A document that only a higher version of itself replaces."""

    index: str
    id: str
    version: int
    body: Mapping[str, object]


def of_its_day(name: str, at: str, key: Sequence[str], version: int, body: Mapping[str, object]) -> Document:
    """A document of NAME in the index of its day, by an id made of what tells it from all others of NAME."""
    digest = hashlib.sha256("\n".join(key).encode()).hexdigest()
    return Document(f"{name}-{at[:10].replace('-', '.')}", digest[:32], version, body)


def line_of(document: Document) -> bytes:
    """Its two lines of a bulk request."""
    action = {
        "index": {
            "_index": document.index,
            "_id": document.id,
            "version": document.version,
            "version_type": "external",
        }
    }
    return f"{json.dumps(action)}\n{json.dumps(document.body)}\n".encode()


def in_requests(documents: Iterable[Document], most: int, most_bytes: int) -> Iterator[list[Document]]:
    """The documents of each request: at most so many, and so many bytes of lines unless one alone has more."""
    batch: list[Document] = []
    size = 0
    for document in documents:
        bytes_of = len(line_of(document))
        if batch and (len(batch) == most or size + bytes_of > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += bytes_of
    if batch:
        yield batch
