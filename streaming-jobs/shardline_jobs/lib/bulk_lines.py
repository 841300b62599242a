"""Documents, and the requests that carry them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Document:
    """A document that only a higher version of itself replaces."""

    index: str
    id: str
    version: int
    body: Mapping[str, object]


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
