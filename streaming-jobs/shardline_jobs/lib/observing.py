"""Watches a job from its start to its end: metrics for Prometheus and CloudWatch, a line in the log for each batch."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from .emf import EmfDocuments
from .faults import PORT_TAKEN, JobFault
from .letter_files import letters_written
from .listener import JobListener
from .log import Log
from .metric_table import metric_table
from .parameters import Parameter, Parameters, duration, one_of, whole
from .prometheus import MetricsEndpoint, exposition
from .query_metrics import QueryMetrics

OBSERVED = (
    Parameter(
        "METRICS_PORT", "Port on the driver for Prometheus, at `/metrics`; 0: any that is free", whole(0, 65_535), ""
    ),
    Parameter(
        "METRICS_EMF", "Metrics for CloudWatch, as lines of its embedded metric format", one_of("off", "stdout"), "off"
    ),
    Parameter(
        "METRICS_EMF_INTERVAL", "How often CloudWatch gets them", duration, "60s", beside=("METRICS_EMF", "stdout")
    ),
)
#: Spark tells the end of a query from another thread.
_LAST_NEWS_WITHIN_S = 10.0


class Watch:
    """What is known of a job while it runs."""

    def __init__(self, listener: JobListener) -> None:
        self.listener = listener

    def heard(self, queries: Sequence[StreamingQuery]) -> bool:
        """Waits, not for long, until all has been heard of queries that have ended."""
        return self.listener.heard_all({str(each.runId) for each in queries}, _LAST_NEWS_WITHIN_S)


class _Teller:
    """Writes lines for CloudWatch, in each interval and at last."""

    def __init__(self, tell: Callable[[], None], every_s: float) -> None:
        self._tell = tell
        self._every_s = every_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="emf", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(self._every_s):
            self._tell()

    def close(self) -> None:
        """Tells what has happened since."""
        self._over.set()
        self._thread.join()
        self._tell()


def _version() -> str:
    try:
        return version("shardline-jobs")
    except PackageNotFoundError:
        # A zip without its metadata.
        return "unknown"


def _metrics_of(spark: SparkSession, parameters: Parameters, job: str, run: str) -> QueryMetrics:
    info = {"version": _version(), "spark": spark.version, "trigger": parameters.text("TRIGGER"), "run": run}
    return QueryMetrics({"spark_job": job}, info, metric_table().buckets_s, letters_written)


def _endpoint(port: int, page: Callable[[], str]) -> MetricsEndpoint:
    try:
        return MetricsEndpoint(port, page)
    except OSError as error:
        raise JobFault(PORT_TAKEN, f"--METRICS_PORT {port} cannot be listened on: {error}") from None


def _emf(metrics: QueryMetrics, documents: EmfDocuments, now_ms: Callable[[], int]) -> Callable[[], None]:
    def tell() -> None:
        at_ms = now_ms()
        lines = documents.lines(metrics.samples(at_ms, forget_longest=True), at_ms)
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()

    return tell


@contextmanager
def _listening(spark: SparkSession, listener: JobListener) -> Iterator[None]:
    spark.streams.addListener(listener)
    try:
        yield
    finally:
        # Where Spark has gone away, there is nothing to hear any more.
        with suppress(Py4JError, OSError):
            spark.streams.removeListener(listener)


@contextmanager
def observed(
    spark: SparkSession, parameters: Parameters, job: str, run: str, log: Log, now_ms: Callable[[], int]
) -> Iterator[Watch]:
    """Watches the session's queries. Raises JobFault."""
    metrics = _metrics_of(spark, parameters, job, run)
    listener = JobListener(metrics, log, now_ms)
    with ExitStack() as stack:
        if parameters.maybe("METRICS_PORT") is not None:
            port = parameters.whole("METRICS_PORT")
            endpoint = _endpoint(port, lambda: exposition(metric_table(), metrics.samples(now_ms())))
            stack.callback(endpoint.close)
            log.info("metrics for Prometheus are at /metrics", port=endpoint.port)
        if parameters.text("METRICS_EMF") == "stdout":
            documents = EmfDocuments(
                metric_table(), {"Application": parameters.text("APPLICATION"), "Job": job, "Run": run}
            )
            every_s = parameters.duration("METRICS_EMF_INTERVAL").total_seconds()
            stack.callback(_Teller(_emf(metrics, documents, now_ms), every_s).close)
        stack.enter_context(_listening(spark, listener))
        yield Watch(listener)
