"""Rows that are final → Parquet by hour, exactly once by the log that Spark's file sink keeps beside them."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming.readwriter import DataStreamWriter

_PARTS = {"year": "yyyy", "month": "MM", "day": "dd", "hour": "HH"}


def to_parquet(rows: DataFrame, path: str, at: str, codec: str) -> DataStreamWriter:
    """Below `year=/month=/day=/hour=` (UTC) of the column `at`: at most one file for each hour and trigger."""
    dated = rows.withColumns({name: F.date_format(at, form) for name, form in _PARTS.items()})
    return (
        dated.repartition(*_PARTS)
        .writeStream.format("parquet")
        .outputMode("append")
        .partitionBy(*_PARTS)
        .option("compression", codec)
        .option("path", path)
    )
