"""A stream of made events, cut into micro-batches: what Spark gives for each of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from shardline_jobs.lib.event_schema import event_schema

from .event_files import write_lines
from .storms import in_turn

#: An event as the columns that jobs look at, with `at_ms`.
Event = Mapping[str, object]
Batches = Sequence[Sequence[Event]]

_SPARK_TYPES = {"keyword": "string", "whole": "bigint", "float": "double", "flag": "boolean", "date": "bigint"}


def stream(spark: SparkSession, folder: Path, batches: Batches) -> DataFrame:
    for number, batch in enumerate(batches):
        write_lines(folder, f"{number:03}.json", [json.dumps(event) for event in batch])
    in_turn(folder)
    columns = ", ".join(f"{name} {_SPARK_TYPES[kind]}" for name, kind in event_schema().columns.items())
    read = spark.readStream.schema(f"at_ms bigint, {columns}").option("maxFilesPerTrigger", 1)
    return read.json(str(folder)).withColumn("at", F.timestamp_millis("at_ms"))


def rows_by_batch(
    spark: SparkSession, folder: Path, batches: Batches, mode: str, job: Callable[[DataFrame], DataFrame]
) -> list[list[Row]]:
    """The rows of each batch, and of the one that Spark adds where the watermark has moved at last."""
    given: list[list[Row]] = []
    rows = job(stream(spark, folder / "source", batches))
    run_through(rows, mode, folder, lambda batch, _number: given.append(batch.collect()))
    return given


def run_through(rows: DataFrame, mode: str, folder: Path, take: Callable[[DataFrame, int], None]) -> None:
    """Gives each micro-batch of them to `take`, until what is there has been read."""
    writer = rows.writeStream.outputMode(mode).trigger(availableNow=True).foreachBatch(take)
    query = writer.option("checkpointLocation", str(folder / "checkpoint")).start()
    assert query.awaitTermination(300)
    error = query.exception()
    assert error is None, error
