"""Spark's own news of a job's queries → metrics and log."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping

from pyspark.sql.streaming.listener import (
    QueryIdleEvent,
    QueryProgressEvent,
    QueryStartedEvent,
    QueryTerminatedEvent,
    StreamingQueryListener,
)

from .log import Log
from .query_metrics import QueryMetrics, duration_ms


class JobListener(StreamingQueryListener):
    """Hears what the queries of one session do, on a thread of Spark's, in their order."""

    def __init__(self, metrics: QueryMetrics, log: Log, now_ms: Callable[[], int]) -> None:
        super().__init__()
        self._metrics = metrics
        self._log = log
        self._now_ms = now_ms
        #: By the run's id: only its start tells a query's name.
        self._names: dict[str, str] = {}
        self._last_batch: dict[str, int] = {}
        self._ended: set[str] = set()
        self._news = threading.Condition()

    def onQueryStarted(self, event: QueryStartedEvent) -> None:  # noqa: N802
        """Before its first micro-batch."""
        name = event.name or str(event.id)
        self._names[str(event.runId)] = name
        self._metrics.started(name, self._now_ms())

    def onQueryProgress(self, event: QueryProgressEvent) -> None:  # noqa: N802
        """A micro-batch is done."""
        progress: Mapping = json.loads(event.progress.json)
        name = progress.get("name") or progress["id"]
        self._metrics.progressed(name, progress, self._now_ms())
        self._last_batch[name] = progress["batchId"]
        self._log.info(
            "batch done",
            query=name,
            batch=progress["batchId"],
            rows=progress.get("numInputRows"),
            duration_ms=duration_ms(progress),
        )

    def onQueryIdle(self, event: QueryIdleEvent) -> None:  # noqa: N802
        """Nothing to read, told every ten seconds (`spark.sql.streaming.noDataProgressEventInterval`)."""
        name = self._names.get(str(event.runId))
        if name is not None:
            self._metrics.idle(name, self._now_ms())

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:  # noqa: N802
        """The last of a query."""
        run = str(event.runId)
        if run in self._names:
            self._metrics.ended(self._names[run], failed=event.exception is not None)
        with self._news:
            self._ended.add(run)
            self._news.notify_all()

    def last_batch(self, query: str) -> int | None:
        """The last one that was done."""
        return self._last_batch.get(query)

    def heard_all(self, runs: set[str], within_s: float) -> bool:
        """Waits until the end of these runs is told: Spark tells it from another thread, some time after it came."""
        with self._news:
            return self._news.wait_for(lambda: runs <= self._ended, within_s)
