"""What every job does: read its parameters, start its queries, wait until they end, and say why they did."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery
from pyspark.sql.streaming.readwriter import DataStreamWriter

from .ending import wait
from .events import Window, letters
from .faults import PARAMETERS_WRONG, SOURCE_UNAVAILABLE, SPARK_GONE, JobFault
from .identity import FIXED, claim_folders
from .letter_files import write_letters
from .log import Log
from .naming import EXPECTED, named
from .observing import OBSERVED, Watch, observed
from .parameters import (
    Parameter,
    Parameters,
    WrongParameters,
    duration,
    duration_or_unlimited,
    parse,
    place,
    usage,
    whole,
)
from .session import session
from .source_parameters import SOURCES, records_of, wrong_source
from .stopping import Stop, own_signals, stoppable

DONE, FAILED = 0, 1

COMMON = (
    Parameter("APPLICATION", "Name of this job in dead letters and logs", default="shardline-jobs"),
    *SOURCES,
    Parameter("CHECKPOINT_PATH", "Where the job remembers how far it is; its own, and lasting", place),
    Parameter("DEAD_LETTER_PATH", "Where letters go of records that are no events, and of refused documents", place),
    Parameter("TRIGGER", "Pause between the starts of micro-batches; `once`: what is there, then end", str, "once"),
    Parameter("WATERMARK", "How late events may come, after the latest one, to be counted", duration, "10m"),
    Parameter("EVENT_WINDOW_PAST", "How far before its arrival an event may be dated", duration_or_unlimited, "30d"),
    Parameter("EVENT_WINDOW_FUTURE", "How far after its arrival an event may be dated", duration, "1h"),
    Parameter("SHUFFLE_PARTITIONS", "Partitions of state; cannot change with a checkpoint", whole(1, 10_000), "8"),
    *OBSERVED,
)


@dataclass(frozen=True)
class Job:
    """A job: `queries` gives its streams ready to start, by name."""

    name: str
    parameters: Sequence[Parameter]
    queries: Callable[[SparkSession, Parameters, DataFrame], dict[str, DataStreamWriter]]
    check: Callable[[Parameters], list[str]] = lambda _: []
    #: Keys that its state is made for, beside `identity.FIXED`: a checkpoint keeps to them.
    fixed: Sequence[str] = ()


def now_ms() -> int:
    """Wall clock, epoch milliseconds."""
    return int(time.time() * 1_000)


def window_of(parameters: Parameters) -> Window:
    """What `--EVENT_WINDOW_…` say."""
    past = None if parameters.values["EVENT_WINDOW_PAST"] is None else parameters.duration("EVENT_WINDOW_PAST")
    return Window(past, parameters.duration("EVENT_WINDOW_FUTURE"))


def seconds(length: timedelta) -> str:
    """A length of time as Spark wants it."""
    return f"{length.total_seconds():.3f} seconds"


def late_by(parameters: Parameters) -> str:
    """The watermark's delay."""
    return seconds(parameters.duration("WATERMARK"))


def _letter_query(parameters: Parameters, records: DataFrame) -> DataStreamWriter:
    name = parameters.text("APPLICATION")
    folder = parameters.text("DEAD_LETTER_PATH")

    def write(batch: DataFrame, _batch_id: int) -> None:
        # To sort them, Spark looks at them twice: without this it would read the source and every event of it twice.
        kept = batch.persist()
        try:
            write_letters(kept, folder, name)
        finally:
            kept.unpersist()

    return letters(records, window_of(parameters), name).writeStream.foreachBatch(write)


def _start(name: str, writer: DataStreamWriter, parameters: Parameters) -> StreamingQuery:
    trigger = parameters.text("TRIGGER")
    timed = (
        writer.trigger(availableNow=True)
        if trigger == "once"
        else writer.trigger(processingTime=seconds(duration(trigger)))
    )
    checkpoint = f"{parameters.text('CHECKPOINT_PATH')}/{name}"
    return timed.queryName(name).option("checkpointLocation", checkpoint).start()


def _read(job: Job, argv: Sequence[str]) -> Parameters:
    parameters = parse(argv, job.parameters)
    trigger = parameters.text("TRIGGER")
    problems = [*wrong_source(parameters), *job.check(parameters)]
    if trigger != "once":
        try:
            duration(trigger)
        except ValueError as error:
            problems.append(f"--TRIGGER is {trigger!r}; expected once, or {error}")
    if problems:
        raise WrongParameters(problems)
    return parameters


def run(job: Job, argv: Sequence[str], running: SparkSession | None = None) -> int:
    """0: every query has ended by itself. 1: one has failed. 2: not to be started so. 130, 143: a signal stopped it.

    `running`: a Spark of somebody else's, who also stops it.
    """
    if "--help" in argv:
        print(f"{job.name}\n{usage(job.parameters)}")
        return DONE
    try:
        parameters = _read(job, argv)
    except WrongParameters as wrong:
        print("\n".join(wrong.problems), f"[{PARAMETERS_WRONG.code}]", file=sys.stderr)
        return PARAMETERS_WRONG.exit
    run_id = uuid.uuid4().hex[:12]
    log = Log({"application": parameters.text("APPLICATION"), "job": job.name, "run": run_id})
    log.info("job starts", parameters=parameters.shown)
    stop = Stop()
    with own_signals(stop):
        spark = session(parameters, job.name)
        try:
            return _work_until(stop, job, parameters, spark, run_id, log)
        finally:
            if running is None:
                # It may have gone away already.
                with suppress(Py4JError, OSError):
                    spark.stop()


def _work_until(stop: Stop, job: Job, parameters: Parameters, spark: SparkSession, run_id: str, log: Log) -> int:
    try:
        with stoppable(stop, spark), observed(spark, parameters, job.name, run_id, log, now_ms) as watch:
            code = _work(job, parameters, spark, stop, watch, log)
    except EXPECTED as error:
        fault, said = named(error)
        # Where a stop is wanted, Spark may have gone away first.
        if not (stop.asked and fault is SPARK_GONE):
            log.error("job failed", code=fault.code, error=said)
        code = fault.exit
    if stop.signal is not None:
        log.info("job has stopped; started again, it goes on where it was", signal=stop.signal.name)
        return stop.code
    return code


def _records(spark: SparkSession, parameters: Parameters) -> DataFrame:
    try:
        return records_of(spark, parameters)
    except (PySparkException, Py4JJavaError) as error:
        raise JobFault(SOURCE_UNAVAILABLE, named(error)[1]) from None


def _work(job: Job, parameters: Parameters, spark: SparkSession, stop: Stop, watch: Watch, log: Log) -> int:
    claim_folders(spark, job.name, (*FIXED, *job.fixed), job.parameters, parameters, log)
    records = _records(spark, parameters)
    writers = {"letters": _letter_query(parameters, records), **job.queries(spark, parameters, records)}
    started: list[StreamingQuery] = []
    try:
        for name, writer in writers.items():
            if stop.asked:
                break
            started.append(_start(name, writer, parameters))
        return DONE if wait(spark, started, stop, watch, log) else FAILED
    finally:
        for query in started:
            query.stop()
        watch.heard(started)
