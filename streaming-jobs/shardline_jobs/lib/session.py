"""The Spark that a job runs on."""

from __future__ import annotations

from pyspark.sql import SparkSession

from .parameters import Parameters


def session(parameters: Parameters, name: str) -> SparkSession:
    """UTC, whatever the machine's zone; nothing else that `spark-submit` or Glue may have set is touched."""
    return (
        SparkSession.builder.appName(name)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", parameters.whole("SHUFFLE_PARTITIONS"))
        .getOrCreate()
    )
