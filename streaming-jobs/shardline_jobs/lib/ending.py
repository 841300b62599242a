"""How queries end, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from .log import Log
from .naming import named
from .observing import Watch
from .stopping import Stop

#: How soon a stop is noticed.
_LOOK_EVERY_S = 1


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
        fault, said = named(error)
        last_batch = watch.listener.last_batch(query.name)
        log.error("query failed", query=query.name, last_batch=last_batch, code=fault.code, error=said)
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
