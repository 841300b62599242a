"""Records of any source → a DataFrame of events, or of dead letters.

Sources give the columns of RECORD; events have `at` (timestamp), `arrived` and the columns of the event schema.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from .decode import Fault, decode
from .event_schema import EventSchema, event_schema
from .letter_files import LETTER
from .letters import Origin, iso, letter
from .reading import Value, read_event

RECORD = T.StructType(
    [
        T.StructField("raw", T.BinaryType()),
        T.StructField("stream", T.StringType()),
        T.StructField("shard", T.StringType()),
        T.StructField("sequence", T.StringType()),
        T.StructField("partition_key", T.StringType()),
        T.StructField("arrived_ms", T.LongType()),
    ]
)

_TYPES: dict[str, T.DataType] = {
    "keyword": T.StringType(),
    "whole": T.LongType(),
    "float": T.DoubleType(),
    "flag": T.BooleanType(),
    "date": T.LongType(),
}


@dataclass(frozen=True)
class Window:
    """How far from its record's arrival an event may be dated; `past` None: as far back as it likes.

    Without `future` one event dated in the year 9999 would make all others late: the watermark follows the latest.
    """

    past: timedelta | None
    future: timedelta

    def check(self, at_ms: int, arrived_ms: int) -> None:
        """Raises Fault for an event outside."""
        ahead = at_ms - arrived_ms
        if ahead > self.future / timedelta(milliseconds=1):
            raise Fault("index-window", f"{iso(at_ms)} is too long after the record's arrival at {iso(arrived_ms)}")
        if self.past is not None and -ahead > self.past / timedelta(milliseconds=1):
            raise Fault("index-window", f"{iso(at_ms)} is too long before the record's arrival at {iso(arrived_ms)}")


def _read(data: bytes, arrived_ms: int, window: Window, schema: EventSchema) -> tuple[int, dict[str, Value]]:
    at_ms, columns = read_event(decode(data), schema)
    window.check(at_ms, arrived_ms)
    return at_ms, columns


def _event_type(schema: EventSchema) -> T.StructType:
    fields = [T.StructField(column, _TYPES[kind]) for column, kind in schema.columns.items()]
    return T.StructType([T.StructField("at_ms", T.LongType()), *fields])


def _event_reader(window: Window) -> Callable[[bytes, int], tuple | None]:
    def read(data: bytes, arrived_ms: int) -> tuple | None:
        schema = event_schema()
        try:
            at_ms, columns = _read(bytes(data), arrived_ms, window, schema)
        except Fault:
            return None
        return (at_ms, *[columns.get(column) for column in schema.columns])

    return read


def _letter_writer(window: Window, application: str) -> Callable[..., tuple | None]:
    def write(
        data: bytes,
        stream: str,
        shard: str,
        sequence: str | None,
        partition_key: str | None,
        arrived_ms: int,
        now_ms: int,
    ) -> tuple | None:
        raw = bytes(data)
        try:
            _read(raw, arrived_ms, window, event_schema())
        except Fault as fault:
            origin = Origin(stream, shard, sequence, partition_key, arrived_ms)
            return astuple(
                letter(
                    origin,
                    application=application,
                    reason=fault.reason,
                    message=fault.message,
                    raw=raw,
                    written_ms=now_ms,
                )
            )
        return None

    return write


def _column_of(column: str, kind: str) -> Column:
    read = F.col(f"event.{column}")
    return (F.timestamp_millis(read) if kind == "date" else read).alias(column)


def events(records: DataFrame, window: Window) -> DataFrame:
    """The events among the records. What is none is left out: it goes where `letters` puts it."""
    schema = event_schema()
    # Nondeterministic, so that Spark evaluates it once a row: it would push the filter below and read everything twice.
    read = F.udf(_event_reader(window), _event_type(schema)).asNondeterministic()
    return (
        records.select(read("raw", "arrived_ms").alias("event"), "arrived_ms")
        .where(F.col("event").isNotNull())
        .select(
            F.timestamp_millis(F.col("event.at_ms")).alias("at"),
            F.timestamp_millis(F.col("arrived_ms")).alias("arrived"),
            *[_column_of(column, kind) for column, kind in schema.columns.items()],
        )
    )


def letters(records: DataFrame, window: Window, application: str) -> DataFrame:
    """A row of `letter_files.LETTER` for each record that is no event."""
    write = F.udf(_letter_writer(window, application), LETTER).asNondeterministic()
    now_ms = F.unix_millis(F.current_timestamp())
    origin = ("stream", "shard", "sequence", "partition_key", "arrived_ms")
    written = records.select(write("raw", *origin, now_ms).alias("letter")).where(F.col("letter").isNotNull())
    return written.select("letter.*")


def once(event_stream: DataFrame, late_by: str) -> DataFrame:
    """Each event id once; needs a stream. Ids are remembered until `late_by` behind the latest event."""
    return event_stream.withWatermark("at", late_by).dropDuplicatesWithinWatermark(["event_id"])
