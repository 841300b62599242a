"""Rows that are final → Parquet by hour, exactly once by the log that Spark's file sink keeps beside them."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming.readwriter import DataStreamWriter

PARTS = {"year": "yyyy", "month": "MM", "day": "dd", "hour": "HH"}


def by_hour(rows: DataFrame, at: str) -> DataFrame:
    """The rows of an hour (UTC) of the column `at` together, with the columns that say which."""
    return rows.withColumns({name: F.date_format(at, form) for name, form in PARTS.items()}).repartition(*PARTS)


def to_parquet(rows: DataFrame, path: str, at: str, codec: str) -> DataStreamWriter:
    """Below `year=/month=/day=/hour=` (UTC) of the column `at`: at most one file for each hour and trigger."""
    return (
        by_hour(rows, at)
        .writeStream.format("parquet")
        .outputMode("append")
        .partitionBy(*PARTS)
        .option("compression", codec)
        .option("path", path)
    )
