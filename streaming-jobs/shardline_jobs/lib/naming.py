"""What went wrong, by name: read off what Spark, its sources and our own sinks say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.errors.exceptions.captured import CapturedException

from .bulk import SinkUnavailable
from .catalogue import CatalogueUnusable
from .faults import (
    CATALOGUE_UNUSABLE,
    FAILED,
    RECORDS_LOST,
    SINK_UNAVAILABLE,
    SOURCE_UNAVAILABLE,
    SPARK_GONE,
    STATE_CHANGED,
    Fault,
    JobFault,
)
from .sources import LOSS

#: What a job may end with; anything else is a mistake in it.
EXPECTED = (JobFault, SinkUnavailable, CatalogueUnusable, PySparkException, Py4JError)

_SIGNS = (
    (RECORDS_LOST, "|".join(re.escape(word) for word in LOSS)),
    (SINK_UNAVAILABLE, r"\b(SinkUnavailable|RedshiftUnavailable|RedshiftRefused|WrongTable): "),
    (CATALOGUE_UNUSABLE, r"\bCatalogueUnusable: "),
    # Spark's StateSchemaCompatibilityChecker.
    (STATE_CHANGED, r"schema doesn't match to the schema for existing state|StateSchemaNotCompatible"),
    (
        SOURCE_UNAVAILABLE,
        r"PATH_NOT_FOUND"
        # Kafka's clients: no broker, no topic, no right.
        r"|Timed out waiting for a node assignment|does not host this topic-partition|Not authorized to access"
        r"|Failed to construct kafka consumer|Failed to create new KafkaAdminClient"
        # The connector of Kinesis, and what Kinesis itself answers.
        r"|Error while List ?[Ss]hards|Service: (Amazon)?Kinesis",
    ),
)
_OF_PYTHON = re.compile(r"[A-Za-z_][\w.]*: \S")
_OF_SPARK = re.compile(r"(org|java|py4j|pyspark)\.")
#: Where a StreamingQueryException goes on with the query's plan.
_PLAN = "=== Streaming Query ==="
_MOST_CHARACTERS = 2_000
_MOST_CAUSES = 10


def _chain(error: BaseException) -> Iterator[str]:
    """What it says, and what its causes do."""
    if isinstance(error, Py4JJavaError):
        cause = error.java_exception
        for _ in range(_MOST_CAUSES):
            if cause is None:
                return
            yield str(cause.toString())
            cause = cause.getCause()
    elif isinstance(error, CapturedException):
        captured: object = error
        while isinstance(captured, CapturedException):
            yield str(captured.desc).partition(_PLAN)[0]
            captured = captured.cause
    else:
        yield str(error)


def _said(texts: list[str]) -> str:
    """What Python said at last, where it did; else the first line and that of the last cause."""
    lines = [line.strip() for line in "\n".join(texts).splitlines() if line.strip()]
    ours = [line for line in lines if _OF_PYTHON.match(line) and not _OF_SPARK.match(line)]
    if ours:
        return ours[-1]
    heads = [text.strip().splitlines()[0] for text in texts if text.strip()]
    if not heads:
        return "unknown"
    return heads[0] if heads[-1] in heads[0] else f"{heads[0]}: {heads[-1]}"


def named(error: BaseException) -> tuple[Fault, str]:
    """The name of what went wrong, and what is to be told."""
    if isinstance(error, JobFault):
        return error.fault, str(error)
    if isinstance(error, SinkUnavailable):
        return SINK_UNAVAILABLE, str(error)
    if isinstance(error, CatalogueUnusable):
        return CATALOGUE_UNUSABLE, str(error)
    if isinstance(error, Py4JError) and not isinstance(error, Py4JJavaError):
        return SPARK_GONE, f"Spark has gone away: {error}"[:_MOST_CHARACTERS]
    texts = list(_chain(error))
    whole = "\n".join(texts)
    fault = next((fault for fault, sign in _SIGNS if re.search(sign, whole)), FAILED)
    if fault is RECORDS_LOST:
        return fault, "records are gone from the source before they were read; --LOST_RECORDS skip goes on without them"
    return fault, _said(texts)[:_MOST_CHARACTERS]
