"""The catalogue while a job runs: looked at now and then, kept as it was read, and one version of it for each batch."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from .catalogue import CatalogueUnusable, listing, reason, songs_of
from .letter_files import write_file
from .log import Log


@dataclass(frozen=True)
class Version:
    """One state of the catalogue, by the name of its files' state; when the latest of them was written."""

    name: str
    modified_ms: int


@dataclass(frozen=True)
class CataloguePlace:
    """Where a catalogue is, what it calls its columns, how often to look; and where versions of it are kept."""

    path: str
    named: Mapping[str, str]
    refresh_s: float
    #: Below the job's checkpoint, for a batch that is repeated must meet the same version.
    kept: str


class CatalogueVersions:
    """The version for each batch.

    What is read is written down as Parquet before it is used: files that are replaced while a batch reads them, or
    vanish, change nothing for it. Which version a batch used is written down before anything of it is.
    """

    def __init__(self, spark: SparkSession, place: CataloguePlace, now_s: Callable[[], float], log: Log) -> None:
        self._spark = spark
        self._place = place
        self._now_s = now_s
        self._log = log
        self._looked_s: float | None = None
        self._current = self._last_used()

    def begin(self) -> None:
        """Looks at the catalogue. Raises CatalogueUnusable where it is of no use, and none was kept."""
        self._look()

    def songs(self, batch_id: int) -> tuple[Version, DataFrame]:
        """What this batch is to be matched with: the same when it is repeated."""
        version = self._noted(batch_id)
        if version is None:
            if self._looked_s is None or self._now_s() - self._looked_s >= self._place.refresh_s:
                self._look()
            version = self._current
            assert version is not None
            note = json.dumps({"version": version.name, "modified_ms": version.modified_ms})
            write_file(self._spark, f"{self._place.kept}/batches/{batch_id}", note.encode())
            self._forget(batch_id)
        elif self._current is None:
            self._current = version
        return version, self._spark.read.parquet(self._folder(version.name))

    def _look(self) -> None:
        self._looked_s = self._now_s()
        try:
            self._current = self._refreshed()
        except CatalogueUnusable as error:
            if self._current is None:
                raise
            self._log.warn(
                "the catalogue is refused; the one before it stays", error=str(error), catalogue=self._current.name
            )

    def _refreshed(self) -> Version:
        """The version of what stands there now: kept already, or read and kept."""
        spark, place = self._spark, self._place
        listed = listing(spark, place.path, place.named)
        version = Version(listed.version, listed.modified_ms)
        if self._is_kept(version):
            return version
        began_s = self._now_s()
        try:
            songs = songs_of(spark, listed, place.named)
            songs.write.mode("overwrite").parquet(self._folder(version.name))
            kept = spark.read.parquet(self._folder(version.name))
            count, doubtful = kept.count(), kept.where("others > 0").count()
        except (Py4JJavaError, PySparkException) as error:
            raise CatalogueUnusable(f"the catalogue at {place.path} cannot be read: {reason(error)}") from error
        if count == 0 or listing(spark, place.path, place.named) != listed:
            self._delete(self._folder(version.name))
            what = "has no song" if count == 0 else "changed while it was read"
            raise CatalogueUnusable(f"the catalogue at {place.path} {what}")
        write_file(spark, self._mark(version), b"")
        seconds = round(self._now_s() - began_s, 3)
        self._log.info(
            "the catalogue is read",
            catalogue=version.name,
            songs=count,
            ids_with_several_rows=doubtful,
            seconds=seconds,
        )
        return version

    def _last_used(self) -> Version | None:
        numbers = self._batches()
        return self._noted(max(numbers)) if numbers else None

    def _noted(self, batch_id: int) -> Version | None:
        path = f"{self._place.kept}/batches/{batch_id}"
        if not self._exists(path):
            return None
        note = json.loads("".join(row.value for row in self._spark.read.text(path).collect()))
        version = Version(note["version"], note["modified_ms"])
        # Somebody may have tidied up: then the batch is as one that comes for the first time.
        return version if self._is_kept(version) else None

    def _forget(self, batch_id: int) -> None:
        """Only this batch can be repeated, and only its version can be the next one's."""
        assert self._current is not None
        for number in self._batches():
            if number != batch_id:
                self._delete(f"{self._place.kept}/batches/{number}")
        for name in self._names(f"{self._place.kept}/versions"):
            if name != self._current.name:
                self._delete(self._folder(name))

    def _mark(self, version: Version) -> str:
        """Stands in a version's folder when all of it has been read and found good."""
        return f"{self._folder(version.name)}/_GOOD"

    def _is_kept(self, version: Version) -> bool:
        return self._exists(self._mark(version))

    def _folder(self, name: str) -> str:
        return f"{self._place.kept}/versions/{name}"

    def _batches(self) -> list[int]:
        return [int(name) for name in self._names(f"{self._place.kept}/batches") if name.isdecimal()]

    def _hadoop(self, path: str) -> tuple[Any, Any]:
        jvm: Any = self._spark._jvm
        jsc: Any = self._spark._jsc
        folder = jvm.org.apache.hadoop.fs.Path(path)
        return folder.getFileSystem(jsc.hadoopConfiguration()), folder

    def _exists(self, path: str) -> bool:
        system, there = self._hadoop(path)
        return bool(system.exists(there))

    def _names(self, path: str) -> list[str]:
        system, there = self._hadoop(path)
        return [each.getPath().getName() for each in system.listStatus(there)] if system.exists(there) else []

    def _delete(self, path: str) -> None:
        system, there = self._hadoop(path)
        system.delete(there, True)
