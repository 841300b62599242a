"""Micro-batches → OpenSearch: daily indices with a template, ids and versions of the rows' own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from functools import partial

from pyspark.sql import DataFrame, Row

from .bulk import Patience, Rejected, SinkUnavailable, write
from .bulk_lines import Document
from .http_node import Answer, Node, SignIn
from .letter_files import LETTER, write_letters
from .letters import Origin, letter
from .verdicts import explain

#: As the service's own: above other templates' usual 0 to 200.
_PRIORITY = 300
#: While it does not answer when a job starts. Not for long: nothing is begun yet, and a signal waits until it is over.
_TRY_AGAIN_S, _TRY_FOR_S = 2.0, 30.0


@dataclass(frozen=True)
class Target:
    """Where documents go, and where go those that OpenSearch refuses."""

    node: str
    sign_in: SignIn
    retry_for_s: float
    letters: str
    application: str


@dataclass(frozen=True)
class Template:
    """An index template; its version grows with every change of the mappings."""

    name: str
    version: int
    properties: Mapping[str, object]

    def body(self) -> dict[str, object]:
        """As it is put."""
        return {
            "index_patterns": [f"{self.name}-*"],
            "priority": _PRIORITY,
            "version": self.version,
            "_meta": {"managed_by": "shardline"},
            "template": {"mappings": {"dynamic": False, "properties": self.properties}},
        }


#: A row → its document. Pure: the same row gives the same one.
DocumentOf = Callable[[Row], Document]


def _installed(answer: Answer) -> int | None:
    templates = answer.body.get("index_templates")
    if not isinstance(templates, list) or not templates:
        return None
    version = templates[0].get("index_template", {}).get("version")
    return version if isinstance(version, int) else 0


class _MayPass(SinkUnavailable):
    """It may answer in a while."""


def install(target: Target, template: Template, patience: Patience | None = None) -> bool:
    """Puts the template where there is none or an older one. Raises SinkUnavailable."""
    patience = patience or Patience(min(target.retry_for_s, _TRY_FOR_S))
    began = patience.now()
    while True:
        try:
            return _install_now(Node(target.node, target.sign_in), template)
        except _MayPass:
            if patience.now() - began > patience.for_s:
                raise
        patience.sleep(_TRY_AGAIN_S)


def _unavailable(answer: Answer, said: str) -> SinkUnavailable:
    passes = answer.status is None or answer.status == 429 or answer.status >= 500
    return (_MayPass if passes else SinkUnavailable)(f"{said}: {explain(answer.status, answer.error)}")


def _install_now(node: Node, template: Template) -> bool:
    path = f"/_index_template/{template.name}"
    there = node.request("GET", path)
    if there.status == 200:
        version = _installed(there)
        if version is not None and version >= template.version:
            return False
    elif there.status != 404:
        raise _unavailable(there, f"OpenSearch at {node.shown} does not answer")
    put = node.request("PUT", path, json.dumps(template.body()).encode())
    if put.status != 200:
        raise _unavailable(put, f"OpenSearch at {node.shown} refuses the index template {template.name}")
    return True


def _letter_of(rejected: Rejected, target: Target, now_ms: int) -> tuple:
    document = rejected.document
    raw = json.dumps(document.body).encode()
    # What Spark has aggregated never stood on a stream: its document is its origin.
    origin = Origin(target.application, document.index, None, document.id, now_ms)
    return astuple(
        letter(
            origin,
            application=target.application,
            reason=rejected.reason,
            message="OpenSearch refused the document",
            raw=raw,
            written_ms=now_ms,
            index=document.index,
            answer=rejected.answer,
            document=document.body,
        )
    )


def _send(rows: Iterable[Row], target: Target, document_of: DocumentOf, now_ms: int) -> Iterator[tuple]:
    """On an executor: writes one partition; gives one letter for each document that was refused."""
    node = Node(target.node, target.sign_in)
    try:
        outcome = write(map(document_of, rows), node, Patience(target.retry_for_s))
    finally:
        node.close()
    for rejected in outcome.rejected:
        yield _letter_of(rejected, target, now_ms)


def to_opensearch(
    target: Target, document_of: DocumentOf, now_ms: Callable[[], int]
) -> Callable[[DataFrame, int], None]:
    """For `foreachBatch`. The batch is done when each of its documents is settled and each letter is durable."""

    def send(batch: DataFrame, _batch_id: int) -> None:
        work = partial(_send, target=target, document_of=document_of, now_ms=now_ms())
        sent = batch.rdd.mapPartitions(work).cache()
        try:
            # Counting carries out the writing in every partition.
            if sent.count() > 0:
                letters = batch.sparkSession.createDataFrame(sent, LETTER)
                write_letters(letters, target.letters, target.application)
        finally:
            sent.unpersist()

    return send
