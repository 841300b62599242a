"""A catalogue of songs and artists in files → rows that plays can be matched with; or why it cannot be used."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .matching import SONG, with_keys

_KINDS = {"parquet": "parquet", "json": "json", "ndjson": "json", "csv": "csv"}
_ENDING = re.compile(r"\.(parquet|json|ndjson|csv)(\.gz)?\Z")
_NEEDED = ("song_id", "song_title", "artist_name")
#: A larger one grows with every change of what is made of a catalogue.
_RULES = 1


class CatalogueUnusable(Exception):
    """What is wrong with a catalogue, and what to do about it."""


@dataclass(frozen=True)
class Listing:
    """The files of a catalogue as they stood there, and the name of this state of them."""

    kind: str
    paths: Sequence[str]
    version: str
    modified_ms: int


def _files(spark: SparkSession, path: str) -> list[Any]:
    """Those below it but for what is hidden, such as what Spark writes into `_temporary` until it is whole."""
    jvm: Any = spark._jvm
    jsc: Any = spark._jsc
    root = jvm.org.apache.hadoop.fs.Path(path)
    system = root.getFileSystem(jsc.hadoopConfiguration())
    if not system.exists(root):
        raise CatalogueUnusable(f"there is no catalogue at {path}")
    at = len(system.getFileStatus(root).getPath().toString())
    listed = system.listFiles(root, True)
    found = []
    while listed.hasNext():
        status = listed.next()
        below = status.getPath().toString()[at:].split("/")
        if not any(part.startswith(("_", ".")) for part in below):
            found.append(status)
    return found


def _list(spark: SparkSession, path: str, named: Mapping[str, str]) -> Listing:
    found: list[tuple[str, int, int]] = []
    kinds: set[str] = set()
    for status in _files(spark, path):
        file = status.getPath().toString()
        ending = _ENDING.search(file.rsplit("/", 1)[-1])
        if ending is None:
            raise CatalogueUnusable(f"{file} is no catalogue: expected .parquet, .json, .ndjson or .csv")
        kinds.add(_KINDS[ending[1]])
        found.append((file, status.getLen(), status.getModificationTime()))
    if not found:
        raise CatalogueUnusable(f"the catalogue at {path} has no files")
    if len(kinds) > 1:
        raise CatalogueUnusable(
            f"the catalogue at {path} has files of {' and '.join(sorted(kinds))}; expected one kind"
        )
    found.sort()
    state = hashlib.sha256(repr((_RULES, sorted(named.items()), found)).encode()).hexdigest()[:16]
    return Listing(kinds.pop(), [file for file, _, _ in found], state, max(modified for _, _, modified in found))


def listing(spark: SparkSession, path: str, named: Mapping[str, str]) -> Listing:
    """What stands there now. Raises CatalogueUnusable."""
    try:
        return _list(spark, path, named)
    except (Py4JJavaError, PySparkException) as error:
        raise CatalogueUnusable(f"the catalogue at {path} cannot be listed: {reason(error)}") from error


def reason(error: Exception) -> str:
    """The one line of Java's that says it."""
    text = str(error.java_exception.toString()) if isinstance(error, Py4JJavaError) else str(error)
    return next((line for line in text.splitlines() if line.strip()), "unknown")[:500]


def _read(spark: SparkSession, listed: Listing) -> DataFrame:
    if listed.kind == "parquet":
        return spark.read.option("mergeSchema", "true").parquet(*listed.paths)
    # A line that is none must not become a song without a name.
    reader = spark.read.option("mode", "FAILFAST")
    if listed.kind == "csv":
        return reader.options(header="true", escape='"', multiLine="true").csv(list(listed.paths))
    return reader.options(primitivesAsString="true").json(list(listed.paths))


def _text(column: str) -> str:
    return f"nullif(trim(cast(`{column}` as string)), '')"


#: How a column is read: what is no number is not known, nor is the year 0.
_READ = {
    "string": "{}",
    "int": "nullif(try_cast(try_cast({} as double) as int), 0)",
    "double": "if(abs(try_cast({0} as double)) < 1e15, try_cast({0} as double), null)",
}


def _one_of_each(songs: DataFrame) -> DataFrame:
    """Of rows of one id the one that says most; of those that say as much, the least in the order of its columns.

    `others`: how many more there are that say something else.
    """
    row = F.struct(*SONG.names)
    nulls = [F.col(name).isNull().cast("int") for name in SONG.names]
    silent = F.aggregate(F.array(*nulls), F.lit(0), lambda count, null: count + null)
    best = F.min(F.struct(silent.alias("silent"), row.alias("row"))).alias("best")
    by_id = songs.where("song_id is not null").groupBy("song_id").agg(best, (F.count("*") - 1).alias("others"))
    without = songs.where("song_id is null").withColumn("others", F.lit(0).cast("long"))
    return by_id.select("best.row.*", "others").unionByName(without)


def songs_of(spark: SparkSession, listed: Listing, named: Mapping[str, str]) -> DataFrame:
    """Each song once, with what names are compared by. A row without id, or artist and title, tells nothing.

    Raises CatalogueUnusable for missing columns; what is wrong in the rows, Spark tells when they are read.
    """
    raw = _read(spark, listed)
    theirs = {name: named.get(name, name) for name in SONG.names}
    missing = [theirs[name] for name in (*_NEEDED, *named) if theirs[name] not in raw.columns]
    if missing:
        raise CatalogueUnusable(
            f"the catalogue has no column {', '.join(dict.fromkeys(missing))}; it has {', '.join(raw.columns)}. "
            "--CATALOGUE_COLUMNS says what columns are called"
        )
    read = []
    for field in SONG.fields:
        kind, column = field.dataType.simpleString(), theirs[field.name]
        text = _text(column) if column in raw.columns else "null"
        read.append(f"cast({_READ[kind].format(text)} as {kind}) as {field.name}")
    selected = raw.selectExpr(*read).distinct()
    telling = selected.where("song_id is not null or (song_title is not null and artist_name is not null)")
    return with_keys(_one_of_each(telling), "artist_name", "song_title")
