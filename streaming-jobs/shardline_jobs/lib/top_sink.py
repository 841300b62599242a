"""Micro-batches of `trending` → the best of its windows: told as they are now, and as Parquet when they are final."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from .parquet import PARTS, by_hour
from .top import Change, Chart, Heard, Memory, Told, rank
from .top_memory import hadoop, recall, remember
from .trending import EVERYTHING

#: Told at once; the driver holds so many.
_CHUNK = 100_000
_TOLD = (
    "length string, start_ms bigint, end_ms bigint, dimension string, rank int, key string, label string, "
    "plays bigint, listeners bigint, rank_before int, movement string, moved int, version bigint, final boolean"
)
_FINAL = ("rank", "key", "label", "plays", "listeners", "rank_before", "movement", "moved")


@dataclass(frozen=True)
class Top:
    """How many are the best, and where their memory and their final Parquet are; `final` None: nowhere."""

    most: int
    late_by_ms: int
    memory: str
    final: str | None
    codec: str


def _changes(changed: DataFrame, most: int) -> Iterator[Change]:
    """Of each chart as many as may be among the best, in the order of charts."""
    chart = ("length", "start_ms", "end_ms", "dimension")
    times = [F.unix_millis(f"window_{name}").alias(f"{name}_ms") for name in ("start", "end")]
    rows = changed.select("length", *times, "dimension", "key", "label", "plays", "listeners", "counted")
    nth = F.row_number().over(Window.partitionBy(*chart).orderBy(F.desc("plays"), "key"))
    heard = rows.where((F.col("plays") > 0) | (F.col("dimension") == EVERYTHING)).withColumn("nth", nth)
    few = heard.where(F.col("nth") <= most).repartition(1).sortWithinPartitions(*chart)
    for row in few.toLocalIterator():
        of = Chart(row.length, row.start_ms, row.end_ms, row.dimension)
        yield Change(of, Heard(row.key, row.label, row.plays, row.listeners), row.counted)


def _row(told: Told) -> tuple:
    place, before = told.place, told.place.rank_before
    moved = None if before is None else before - place.rank
    movement = "new" if moved is None else "up" if moved > 0 else "down" if moved < 0 else "same"
    distance = None if moved is None else abs(moved)
    return (*told.chart, place.rank, *place.heard, before, movement, distance, told.version, told.final)


def _write_final(rows: DataFrame, top: Top, name: str) -> None:
    """At most one file for each hour, by a name that a repeated batch gives again."""
    by = hashlib.sha256(top.memory.encode()).hexdigest()[:8]
    spark = rows.sparkSession
    writing, system = hadoop(spark, f"{top.final}/_writing-{by}")
    shown = rows.where("final").select("length", "window_start", "window_end", "dimension", *_FINAL)
    writer = by_hour(shown, "window_start").write.mode("overwrite").option("compression", top.codec)
    writer.partitionBy(*PARTS).parquet(writing.toString())
    files = system.listFiles(writing, True)
    while files.hasNext():
        file = files.next().getPath()
        if file.getName().endswith(".parquet"):
            hour = file.getParent().toString().split(f"/_writing-{by}/")[1]
            target, _ = hadoop(spark, f"{top.final}/{hour}/top-{by}-{name}.parquet")
            system.mkdirs(target.getParent())
            system.delete(target, False)
            if not system.rename(file, target):
                raise OSError(f"{file} could not be renamed to {target}")
    system.delete(writing, True)


def _chunks(told: Iterable[Told]) -> Iterator[list[Told]]:
    rest = iter(told)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def to_top(top: Top, send: Callable[[DataFrame, int], None] | None) -> Callable[[DataFrame, int], None]:
    """For `foreachBatch` of `trending` with totals. `send` takes what is to be told."""

    def write(changed: DataFrame, number: int) -> None:
        spark = changed.sparkSession
        after = Memory()
        told = rank(recall(spark, top.memory, number), _changes(changed, top.most), top.most, top.late_by_ms, after)
        for part, chunk in enumerate(_chunks(told)):
            times = {f"window_{name}": F.timestamp_millis(f"{name}_ms") for name in ("start", "end")}
            rows = spark.createDataFrame([_row(each) for each in chunk], _TOLD).withColumns(times)
            if send is not None:
                send(rows, number)
            if top.final is not None and any(each.final for each in chunk):
                _write_final(rows, top, f"{number:010d}-{part}")
        remember(spark, top.memory, number, after)

    return write
