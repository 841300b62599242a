"""Rows of `enriched` into Redshift: a later catalogue replaces them, or more reactions, as in OpenSearch."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from .catalogue_versions import Version
from .enriched import Sink, enriched
from .matching import SONG, with_keys
from .redshift import batches_to_redshift
from .redshift_transaction import Warehouse

_KEY = ("event_at", "kind", "event_id")


def _revised(rows: DataFrame) -> DataFrame:
    """With `revision`, which is what the version of a document is in OpenSearch."""
    follows = F.col("skipped_at").isNotNull().cast("bigint") + F.col("liked_at").isNotNull().cast("bigint")
    return rows.withColumn("revision", F.unix_millis("catalogue_at") * 4 + follows)


def enriched_to_redshift(rows: DataFrame, warehouse: Warehouse) -> Sink:
    """For `into_all`. `rows` is what is to be enriched."""
    spark = rows.sparkSession
    songs = with_keys(spark.createDataFrame([], SONG), "artist_name", "song_title")
    none = enriched(spark.createDataFrame([], rows.schema), songs, Version("", 0), 1.0)
    send = batches_to_redshift(spark, _revised(none).schema, warehouse, _KEY, newer="revision")

    def write(batch: DataFrame, number: int) -> None:
        send(_revised(batch), number)

    return write
