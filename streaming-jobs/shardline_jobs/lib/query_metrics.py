"""What a job's queries do, in numbers: what its listener hears goes in, samples come out."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

#: A sample that CloudWatch alone gets, beside those of a histogram.
LONGEST = "_longest"
#: Who reads nothing any more is not behind, however old the last events were.
_LAG_TOLD_FOR_MS = 300_000


@dataclass(frozen=True)
class Sample:
    """A number at one moment."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass
class _Query:
    """Of one query. What is None it has not told yet, or has no longer."""

    heard_ms: int | None
    gauges: dict[str, float] = field(default_factory=dict)
    watermark_ms: int | None = None
    events_ms: int | None = None
    counters: Counter[str] = field(default_factory=Counter)
    buckets: Counter[float] = field(default_factory=Counter)
    sum_s: float = 0.0
    longest_s: float | None = None


def epoch_ms(iso: str) -> int:
    """A moment as Spark writes it, `2018-11-01T21:01:46.000Z`."""
    return round(datetime.fromisoformat(iso).timestamp() * 1_000)


def duration_ms(progress: Mapping) -> int:
    """How long a batch took. Spark 3.5 writes it among its parts."""
    return int((progress.get("durationMs") or {}).get("triggerExecution", 0))


def _total(operators: Iterable[Mapping], key: str) -> float:
    return sum(float(each.get(key, 0)) for each in operators)


def _event_times(progress: Mapping) -> tuple[int | None, int | None]:
    """The latest event of the batch, and the watermark: before any event Spark has the epoch for it."""
    times = progress.get("eventTime") or {}
    latest = epoch_ms(times["max"]) if "max" in times else None
    watermark = epoch_ms(times["watermark"]) if "watermark" in times else 0
    return latest, watermark if watermark > 0 else None


class QueryMetrics:
    """`labels` are on every series; `info` are those that say what runs. May be used by several threads.

    `letters`: how many dead letters this process has written until now, by reason.
    """

    def __init__(
        self,
        labels: Mapping[str, str],
        info: Mapping[str, str],
        buckets_s: Sequence[float],
        letters: Callable[[], Counter[str]],
    ) -> None:
        self._labels = dict(labels)
        self._info = {**labels, **info}
        self._buckets_s = buckets_s
        self._queries: dict[str, _Query] = {}
        self._letters = letters
        # Of a job before this one in the same process.
        self._letters_before = letters()
        self._lock = threading.Lock()

    def started(self, query: str, now_ms: int) -> None:
        """It runs from now on."""
        with self._lock:
            self._queries.setdefault(query, _Query(now_ms)).heard_ms = now_ms

    def progressed(self, query: str, progress: Mapping, now_ms: int) -> None:
        """A micro-batch is done: `progress` is the JSON of Spark's StreamingQueryProgress."""
        with self._lock:
            of = self._queries.setdefault(query, _Query(now_ms))
            of.heard_ms = now_ms
            rows = int(progress.get("numInputRows", 0))
            self._count_batch(of, rows, duration_ms(progress) / 1_000)
            self._note_rates(of, progress)
            self._note_times(of, progress, now_ms)
            self._note_state(of, progress)

    def _count_batch(self, of: _Query, rows: int, took_s: float) -> None:
        of.counters["batches"] += 1
        of.counters["input_rows"] += rows
        of.sum_s += took_s
        of.longest_s = max(took_s, of.longest_s or 0.0)
        of.buckets.update(each for each in self._buckets_s if took_s <= each)

    @staticmethod
    def _note_rates(of: _Query, progress: Mapping) -> None:
        for name, key in (
            ("input_rows_per_second", "inputRowsPerSecond"),
            ("processed_rows_per_second", "processedRowsPerSecond"),
        ):
            # Spark leaves out what is no number, as the rate of a first batch may be.
            of.gauges[name] = float(progress.get(key, 0))
        # Kafka's own numbers; other sources have none ("Kafka Integration Guide", Spark).
        behind = [(each.get("metrics") or {}).get("maxOffsetsBehindLatest") for each in progress.get("sources", ())]
        told = [float(each) for each in behind if each is not None]
        if told:
            of.gauges["source_records_behind"] = max(told)

    @staticmethod
    def _note_times(of: _Query, progress: Mapping, now_ms: int) -> None:
        latest_ms, watermark_ms = _event_times(progress)
        of.watermark_ms = watermark_ms or of.watermark_ms
        if latest_ms is not None:
            done_ms = epoch_ms(progress["timestamp"]) + duration_ms(progress)
            of.gauges["event_lag_seconds"] = (done_ms - latest_ms) / 1_000
            of.events_ms = now_ms

    @staticmethod
    def _note_state(of: _Query, progress: Mapping) -> None:
        operators = progress.get("stateOperators") or ()
        if not operators:
            return
        of.gauges["state_rows"] = _total(operators, "numRowsTotal")
        of.gauges["state_bytes"] = _total(operators, "memoryUsedBytes")
        of.counters["late_rows"] += int(_total(operators, "numRowsDroppedByWatermark"))

    def idle(self, query: str, now_ms: int) -> None:
        """It looked, and there is nothing to read."""
        with self._lock:
            of = self._queries.setdefault(query, _Query(now_ms))
            of.heard_ms = now_ms
            of.gauges.update(input_rows_per_second=0.0, processed_rows_per_second=0.0)

    def ended(self, query: str, *, failed: bool) -> None:
        """It runs no longer: what it was then is told no more, what it did still is."""
        with self._lock:
            of = self._queries.setdefault(query, _Query(None))
            of.heard_ms = of.watermark_ms = None
            of.gauges.clear()
            of.counters["query_failures"] += failed

    def samples(self, now_ms: int, *, forget_longest: bool = False) -> list[Sample]:
        """All there is to tell. `forget_longest`: who asks so is told the longest batch since it asked before."""
        with self._lock:
            running = sum(1 for of in self._queries.values() if of.heard_ms is not None)
            found = [
                Sample("shardline_spark_build_info", self._info, 1.0),
                Sample("shardline_spark_queries_running", self._labels, running),
            ]
            for name, of in self._queries.items():
                found += self._of_query({**self._labels, "query": name}, of, now_ms)
                if forget_longest:
                    of.longest_s = None
            for reason, count in (self._letters() - self._letters_before).items():
                found.append(Sample("shardline_spark_dead_letters_total", {**self._labels, "reason": reason}, count))
            return found

    def _of_query(self, labels: Mapping[str, str], of: _Query, now_ms: int) -> list[Sample]:
        gauges = dict(of.gauges)
        if of.events_ms is not None and now_ms - of.events_ms > _LAG_TOLD_FOR_MS:
            gauges.pop("event_lag_seconds", None)
        if of.heard_ms is not None:
            gauges["progress_age_seconds"] = max(0.0, (now_ms - of.heard_ms) / 1_000)
        if of.watermark_ms is not None:
            gauges["watermark_delay_seconds"] = (now_ms - of.watermark_ms) / 1_000
        counters = ("batches", "input_rows", "late_rows", "query_failures")
        return [
            *[Sample(f"shardline_spark_{name}", labels, value) for name, value in gauges.items()],
            *[Sample(f"shardline_spark_{name}_total", labels, of.counters[name]) for name in counters],
            *self._durations(labels, of),
        ]

    def _durations(self, labels: Mapping[str, str], of: _Query) -> list[Sample]:
        name = "shardline_spark_batch_duration_seconds"
        count = of.counters["batches"]
        buckets = [(f"{each:g}", of.buckets[each]) for each in self._buckets_s]
        found = [
            *[Sample(f"{name}_bucket", {**labels, "le": le}, value) for le, value in [*buckets, ("+Inf", count)]],
            Sample(f"{name}_sum", labels, of.sum_s),
            Sample(f"{name}_count", labels, count),
        ]
        return found if of.longest_s is None else [*found, Sample(f"{name}{LONGEST}", labels, of.longest_s)]
