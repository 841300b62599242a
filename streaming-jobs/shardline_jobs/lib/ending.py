"""How queries end, and what is said about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from .log import Log
from .observing import Watch
from .sources import LOSS
from .stopping import Stop

_OF_PYTHON = re.compile(r"[A-Za-z_][\w.]*: \S")
#: How soon a stop is noticed.
_LOOK_EVERY_S = 1
_OF_SPARK = re.compile(r"(org|java|py4j|pyspark)\.")


def wait(spark: SparkSession, queries: Sequence[StreamingQuery], stop: Stop, watch: Watch, log: Log) -> bool:
    """Waits until all have ended, or somebody wants them to; True when each ended by itself.

    One that fails stops the others, for a job that does half its work helps nobody.
    """
    well = True
    for query in _as_they_end(spark, queries, stop):
        error = query.exception()
        if error is None:
            log.info("query has ended", query=query.name)
            continue
        well = False
        log.error("query failed", query=query.name, last_batch=watch.listener.last_batch(query.name), error=said(error))
        for other in queries:
            other.stop()
    return well


def _as_they_end(spark: SparkSession, queries: Sequence[StreamingQuery], stop: Stop) -> Iterator[StreamingQuery]:
    running = list(queries)
    while running and not stop.asked:
        # What went wrong is told by the query itself. Nothing can be asked of Spark while a call waits there.
        with suppress(PySparkException):
            spark.streams.awaitAnyTermination(_LOOK_EVERY_S)
        spark.streams.resetTerminated()
        for query in [each for each in running if not each.isActive]:
            running.remove(query)
            yield query


def said(error: object) -> str:
    """What Python said at last, where it did; the traces around it are in Spark's own log."""
    text = str(error)
    if any(word in text for word in LOSS):
        return "records are gone from the source before they were read; --LOST_RECORDS skip goes on without them"
    lines = [line for line in text.splitlines() if line.strip()]
    ours = [line for line in lines if _OF_PYTHON.match(line) and not _OF_SPARK.match(line)]
    return (ours[-1] if ours else lines[0] if lines else "unknown")[:2_000]
