"""Rows of `reactions` with what the catalogue tells of their songs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from .catalogue_versions import CatalogueVersions, Version
from .matching import SONG, matched
from .reactions import TOLD

Sink = Callable[[DataFrame, int], None]
COLUMNS = (
    "event_at",
    "kind",
    "event_id",
    *TOLD,
    "skipped_at",
    "liked_at",
    "match",
    "score",
    *[f"catalogue_{name}" for name in SONG.names],
    "catalogue_version",
    "catalogue_at",
)


def enriched(rows: DataFrame, songs: DataFrame, version: Version, least: float) -> DataFrame:
    """COLUMNS, a row for each of `rows`, which is read twice."""
    told = [F.col(f"song.{name}").alias(f"catalogue_{name}") for name in SONG.names]
    return (
        matched(rows, songs, least)
        .select("*", F.col("at").alias("event_at"), *told)
        .withColumn("catalogue_version", F.lit(version.name))
        .withColumn("catalogue_at", F.timestamp_millis(F.lit(version.modified_ms)))
        .select(*COLUMNS)
    )


def into_all(catalogue: CatalogueVersions, least: float, sinks: Sequence[Sink]) -> Sink:
    """For `foreachBatch`: the joins are worked out once, however many sinks there are."""

    def write(batch: DataFrame, batch_id: int) -> None:
        # Counting goes through every partition: a batch of which one is left out has not kept its state.
        kept = batch.persist()
        try:
            if kept.count() == 0:
                return
            version, songs = catalogue.songs(batch_id)
            rows = enriched(kept, songs, version, least).persist()
            try:
                for sink in sinks:
                    sink(rows, batch_id)
            finally:
                rows.unpersist()
        finally:
            kept.unpersist()

    return write
