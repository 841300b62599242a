"""Documents → `_bulk`, until each is settled: written, older than what stands there, or proved to be unacceptable."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .bulk_lines import Document, in_requests, line_of
from .http_node import Node
from .verdicts import explain, item_action, request_row

_SETTLED = {"ok": "written", "stale": "stale", "exists": "stale", "dropped": "dropped"}
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
_LONGEST_ASKED_S = 60.0


class SinkUnavailable(Exception):
    """OpenSearch took nothing for too long: the query must stop. Started again, it writes the same batch."""


@dataclass(frozen=True)
class Rejected:
    """A document that OpenSearch will never take."""

    document: Document
    reason: str
    answer: str


@dataclass
class Outcome:
    """What became of the documents of one partition."""

    written: int = 0
    stale: int = 0
    dropped: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    def settle(self, action: str) -> None:
        """Counts one that needs nothing more."""
        name = _SETTLED[action]
        setattr(self, name, getattr(self, name) + 1)

    @property
    def taken(self) -> int:
        """How many OpenSearch has accepted."""
        return self.written + self.stale + self.dropped


@dataclass(frozen=True)
class Patience:
    """How long nothing may be taken before the query stops, and how to wait."""

    for_s: float
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class _Answer:
    """Of one request: documents to send again, and how: after a pause, or each half alone."""

    again: Sequence[Document] = ()
    split: bool = False
    too_large: bool = False
    forbidden: Sequence[tuple[Document, str]] = ()
    why: str = ""
    after_s: float = 0.0


def _sort(documents: Sequence[Document], items: Sequence[Mapping], outcome: Outcome) -> _Answer:
    again: list[Document] = []
    forbidden: list[tuple[Document, str]] = []
    why = ""
    for document, item in zip(documents, items, strict=True):
        (answer,) = item.values()
        status, error = answer["status"], answer.get("error")
        asked = f"index {answer['result']}" if "result" in answer else "index"
        action = item_action(status, error, asked)
        if action in _SETTLED:
            outcome.settle(action)
        elif action == "rejected":
            outcome.rejected.append(Rejected(document, "sink-rejected", explain(status, error)))
        elif action == "forbidden":
            forbidden.append((document, explain(status, error)))
        else:
            again.append(document)
            why = explain(status, error)
    return _Answer(again=again, forbidden=forbidden, why=why)


def _ask(node: Node, documents: Sequence[Document], outcome: Outcome) -> _Answer:
    answer = node.request("POST", "/_bulk?timeout=20s", b"".join(line_of(each) for each in documents), ndjson=True)
    items = answer.body.get("items") if answer.status == 200 else None
    if isinstance(items, list) and len(items) == len(documents):
        return _sort(documents, items, outcome)
    row = request_row(answer.status, answer.error)
    why = explain(answer.status, answer.error)
    split = row.action == "split"
    return _Answer(documents, split=split, too_large=row.name == "too-large", why=why, after_s=answer.retry_after_s)


class _Sender:
    def __init__(self, node: Node, patience: Patience) -> None:
        self.node = node
        self.patience = patience
        self.outcome = Outcome()
        self.taken_at = patience.now()
        self.pause_s = _FIRST_PAUSE_S

    def wait(self, answer: _Answer) -> None:
        """Before the same documents go again; gives up when nothing was taken for too long."""
        if self.patience.now() - self.taken_at > self.patience.for_s:
            raise SinkUnavailable(
                f"OpenSearch at {self.node.shown} took nothing for {self.patience.for_s:.0f} s: {answer.why}. "
                "The query stops; nothing is lost: started again, it goes on with the same batch."
            )
        asked = min(answer.after_s, _LONGEST_ASKED_S)
        self.patience.sleep(max(asked, self.pause_s) * (1 + random.random() / 4))
        self.pause_s = min(self.pause_s * 2, _LONGEST_PAUSE_S)

    def halves(self, documents: Sequence[Document], answer: _Answer) -> Sequence[Document]:
        """The guilty one stands alone at last: it is rejected when OpenSearch takes others, else it is to go again."""
        if len(documents) > 1:
            middle = len(documents) // 2
            self.send(documents[:middle])
            self.send(documents[middle:])
        elif self.outcome.taken > 0 or self._witnessed(documents[0].index):
            reason = "sink-too-large" if answer.too_large else "sink-rejected"
            self.outcome.rejected.append(Rejected(documents[0], reason, answer.why))
        else:
            self.wait(answer)
            return documents
        return ()

    def _witnessed(self, index: str) -> bool:
        """Whether another request of the kind is answered: a broken proxy refuses that too, and nothing is rejected."""
        line = json.dumps({"delete": {"_index": index, "_id": "shardline-witness"}}) + "\n"
        answer = self.node.request("POST", "/_bulk?timeout=20s", line.encode(), ndjson=True)
        return answer.status == 200 and isinstance(answer.body.get("items"), list)

    def forbidden(self, refused: Sequence[tuple[Document, str]]) -> Sequence[Document]:
        """Where others are taken, it is these documents' own fault; else somebody must mend the rights."""
        if self.outcome.taken == 0:
            return [document for document, _ in refused]
        self.outcome.rejected += [Rejected(document, "sink-rejected", why) for document, why in refused]
        return ()

    def send(self, documents: Sequence[Document]) -> None:
        """Returns when each of them is settled."""
        while documents:
            before = self.outcome.taken
            answer = _ask(self.node, documents, self.outcome)
            if self.outcome.taken > before:
                self.taken_at = self.patience.now()
                self.pause_s = _FIRST_PAUSE_S
            if answer.split:
                documents = self.halves(documents, answer)
                continue
            refused = self.forbidden(answer.forbidden)
            documents = [*answer.again, *refused]
            if documents:
                why = answer.why or answer.forbidden[0][1]
                self.wait(_Answer(why=why, after_s=answer.after_s))


def write(
    documents: Iterable[Document], node: Node, patience: Patience, most: int = 1_000, most_bytes: int = 5 * 1024 * 1024
) -> Outcome:
    """Writes all of them, in requests of bounded size. Raises SinkUnavailable."""
    sender = _Sender(node, patience)
    for request in in_requests(documents, most, most_bytes):
        sender.send(request)
    return sender.outcome
