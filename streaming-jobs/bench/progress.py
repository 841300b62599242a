"""What Spark tells of each micro-batch, and what it says about state."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence

from pyspark.sql.streaming.listener import (
    QueryIdleEvent,
    QueryProgressEvent,
    QueryStartedEvent,
    QueryTerminatedEvent,
    StreamingQueryListener,
)


class Progress(StreamingQueryListener):
    """Keeps the progress of every micro-batch, as Spark tells it."""

    def __init__(self) -> None:
        self.batches: list[dict] = []
        self._ended = threading.Semaphore(0)

    def onQueryStarted(self, event: QueryStartedEvent) -> None:
        """Nothing to keep."""

    def onQueryProgress(self, event: QueryProgressEvent) -> None:
        """Keeps it."""
        self.batches.append(json.loads(event.progress.json))

    def onQueryIdle(self, event: QueryIdleEvent) -> None:
        """Nothing to keep."""

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:
        """It is told after all progress of its query."""
        self._ended.release()

    def all_told(self, queries: int, within_s: float = 120) -> bool:
        """Waits until so many queries have told their last."""
        return all(self._ended.acquire(timeout=within_s) for _ in range(queries))


def state_rows(batches: Sequence[dict], query: str) -> list[int]:
    """Rows of state after each micro-batch of a query that read something, over all its operators."""
    read = [each for each in batches if each["name"] == query and each["numInputRows"] > 0]
    return [sum(operator["numRowsTotal"] for operator in each["stateOperators"]) for each in read]


def state_bytes(batches: Sequence[dict], query: str) -> int:
    """The most memory that state took."""
    ours = [each["stateOperators"] for each in batches if each["name"] == query]
    return max((sum(each["memoryUsedBytes"] for each in operators) for operators in ours), default=0)


def growth(rows: Sequence[int]) -> float:
    """How much the second half's peak is above the first's, as a share: about 0 on a plateau."""
    half = len(rows) // 2
    return max(rows[half:]) / max(rows[:half]) - 1
