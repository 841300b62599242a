"""Micro-batches into Parquet where some of them had no rows, and were left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from shardline_jobs.lib.parquet_batches import to_parquet_batches


def written(spark: SparkSession, folder: Path, numbers: Sequence[int]) -> list[int]:
    """What stands there after one row for each batch, of its number."""
    write = to_parquet_batches(str(folder), "at", "zstd")
    for number in numbers:
        write(spark.range(1).select(F.timestamp_seconds("id").alias("at"), F.lit(number).alias("number")), number)
    return sorted(row.number for row in spark.read.parquet(str(folder)).collect())


# Spark compacts its log with the batches 9, 19, …, of all that were before.
@pytest.mark.parametrize("numbers", [[1], [0, 2], [8, 9], [8, 10, 19, 20]])
def test_batches_that_were_left_out_leave_no_gap_in_the_log_of_spark(
    spark: SparkSession, tmp_path: Path, numbers: list[int]
):
    assert written(spark, tmp_path / "output", numbers) == numbers


def test_the_last_batch_repeated_by_another_process_changes_nothing(spark: SparkSession, tmp_path: Path):
    assert written(spark, tmp_path / "output", [3]) == [3]
    assert written(spark, tmp_path / "output", [3, 12]) == [3, 12]
