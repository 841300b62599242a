"""Micro-batches → Parquet by hour, for a query that writes into several sinks; exactly once, as `parquet` does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyspark.sql import DataFrame

from .parquet import PARTS, by_hour


def _fill(spark: Any, path: str, batch_id: int) -> None:
    """Enters the batches before this one that the log lacks, as ones without files.

    Spark takes a log with a gap for a broken one, and neither reads the folder nor compacts the log: its class
    CompactibleFileStreamLog asks for each number since the last compaction. All before this batch are done, and none of
    them comes once more.
    """
    jvm = spark._jvm
    log = jvm.org.apache.spark.sql.execution.streaming.FileStreamSinkLog(
        1, spark._jsparkSession, f"{path}/_spark_metadata", jvm.scala.Option.empty()
    )
    latest = log.getLatestBatchId()
    nothing = spark.sparkContext._gateway.new_array(jvm.org.apache.spark.sql.execution.streaming.SinkFileStatus, 0)
    for missing in range(int(latest.get()) + 1 if latest.isDefined() else 0, batch_id):
        log.add(missing, nothing)


def to_parquet_batches(path: str, at: str, codec: str) -> Callable[[DataFrame, int], None]:
    """For `foreachBatch`: hands each batch to Spark's own file sink, which leaves out one that its log has.

    That is the class behind `writeStream.format("parquet")` (org.apache.spark.sql.execution.streaming.FileStreamSink,
    Spark 3.5): the same files and the same `_spark_metadata`, written by the batch's number. A batch without
    rows may be left out.
    """
    sinks: list[Any] = []

    def write(batch: DataFrame, batch_id: int) -> None:
        spark: Any = batch.sparkSession
        if not sinks:
            jvm = spark._jvm
            scala = jvm.org.apache.spark.api.python.PythonUtils
            sinks.append(
                jvm.org.apache.spark.sql.execution.streaming.FileStreamSink(
                    spark._jsparkSession,
                    path,
                    jvm.org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat(),
                    scala.toSeq(list(PARTS)),
                    scala.toScalaMap({"path": path, "compression": codec}),
                )
            )
        _fill(spark, path, batch_id)
        rows: Any = by_hour(batch, at)
        sinks[0].addBatch(batch_id, rows._jdf)

    return write
