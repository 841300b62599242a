"""Rows of a micro-batch → Parquet files in a folder of their own, with the manifest that lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from .letter_files import write_file
from .redshift_statements import File, manifest


@dataclass(frozen=True)
class Staged:
    """What COPY is to load: by which manifest, and how many rows that are."""

    manifest: str
    rows: int


def for_copy(path: str) -> str:
    """Redshift knows buckets as `s3://` alone."""
    return f"s3://{path.split('://', 1)[1]}"


def _files(spark: SparkSession, folder: str) -> list[File]:
    jvm: Any = spark._jvm
    jsc: Any = spark._jsc
    root = jvm.org.apache.hadoop.fs.Path(folder)
    listed = root.getFileSystem(jsc.hadoopConfiguration()).listFiles(root, False)
    files = []
    while listed.hasNext():
        status = listed.next()
        # Spark leaves a mark of its own beside them.
        if status.getPath().getName().endswith(".parquet"):
            files.append(File(for_copy(status.getPath().toString()), status.getLen()))
    return sorted(files, key=lambda file: file.url)


def stage(rows: DataFrame, folder: str) -> Staged:
    """Writes all rows below a folder that nobody wrote to before. Half of it, left by a crash, has no manifest."""
    spark, data = rows.sparkSession, f"{folder}/data"
    rows.write.parquet(data, compression="snappy")
    path = f"{folder}/manifest.json"
    write_file(spark, path, manifest(_files(spark, data)).encode())
    # What the files themselves say that they hold, at their ends: none of their rows is read again.
    return Staged(for_copy(path), spark.read.schema(rows.schema).parquet(data).count())


def remove(spark: SparkSession, folder: str) -> None:
    """Removes a folder with all that is in it."""
    jvm: Any = spark._jvm
    jsc: Any = spark._jsc
    root = jvm.org.apache.hadoop.fs.Path(folder)
    root.getFileSystem(jsc.hadoopConfiguration()).delete(root, True)
