"""Where records come from. Each source gives the columns of `events.RECORD`."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F


def files(spark: SparkSession, path: str, files_per_trigger: int) -> DataFrame:
    """Lines of the `.json` and `.ndjson` files below a folder (also with `.gz`), those that come later too.

    A file must appear whole (moved or uploaded into the folder), as every Spark file source needs it. A line counts as
    arrived when its file was written; blank lines are none. Lines may have any bytes: they are not decoded here.
    """
    lines = (
        spark.readStream.format("text")
        .option("lineSep", "\n")
        .option("recursiveFileLookup", "true")
        .option("pathGlobFilter", "*.{json,ndjson,json.gz,ndjson.gz}")
        .option("maxFilesPerTrigger", files_per_trigger)
        .load(path)
    )
    return lines.where(~F.col("value").rlike(r"\A\s*\z")).select(
        F.col("value").cast("binary").alias("raw"),
        F.lit("files").alias("stream"),
        F.col("_metadata.file_name").alias("shard"),
        F.lit(None).cast("string").alias("sequence"),
        F.lit(None).cast("string").alias("partition_key"),
        F.unix_millis("_metadata.file_modification_time").alias("arrived_ms"),
    )
