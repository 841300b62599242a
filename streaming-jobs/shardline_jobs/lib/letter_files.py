"""Dead letters in files and buckets, where `shardline redrive` finds them: the keys of `src/dead-letter/keys.ts`."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from threading import Lock
from urllib.parse import urlsplit

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import types as T

#: The fields of `letters.Letter`.
LETTER = T.StructType(
    [T.StructField(name, T.StringType()) for name in ("day", "reason", "shard", "sequence", "letter_id", "line")]
)
#: By reason, of this process: queries write letters wherever they are, on threads of Spark's. Replaced, never changed.
_written: Counter[str] = Counter()
_writing = Lock()
_MOST_LETTERS = 1_000
_MOST_BYTES = 4 * 1024 * 1024


def _chunks(letters: Iterable[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    size = 0
    for letter in letters:
        if chunk and (len(chunk) == _MOST_LETTERS or size + len(letter.line) > _MOST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(letter)
        size += len(letter.line)
    if chunk:
        yield chunk


def _name(chunk: list[Row], application: str) -> str:
    """The same letters always have the same name: written once more, they replace what was written."""
    digest = hashlib.sha256(application.encode())
    for letter in chunk:
        digest.update(f"\n{letter.letter_id}".encode())
    return f"{chunk[0].sequence}-{digest.hexdigest()[:16]}.ndjson"


def _file(place: str, chunk: list[Row], application: str) -> str:
    name = _name(chunk, application)
    # A folder is read by `redrive file:DIR` as it is, a bucket by day, reason and shard.
    if urlsplit(place).scheme in ("", "file"):
        return f"{place}/{name}"
    first = chunk[0]
    return f"{place}/letters/date={first.day}/reason={first.reason}/shard={first.shard}/{name}"


def write_file(spark: SparkSession, path: str, data: bytes) -> None:
    """Writes a whole file through Hadoop, replacing what is there: never to be seen half written."""
    jvm = spark._jvm
    assert jvm is not None
    target = jvm.org.apache.hadoop.fs.Path(path)
    part = jvm.org.apache.hadoop.fs.Path(f"{path}.part")
    system = target.getFileSystem(spark._jsc.hadoopConfiguration())
    # An object of S3 appears when it is closed; a file, when it is renamed.
    at_once = system.getScheme() in ("s3", "s3a")
    stream = system.create(target if at_once else part, True)
    try:
        stream.write(bytearray(data))
    finally:
        stream.close()
    if not at_once:
        system.delete(target, False)
        if not system.rename(part, target):
            raise OSError(f"{part} could not be renamed to {path}")


def letters_written() -> Counter[str]:
    """How many letters this process has written, by reason."""
    return _written


def _note_written(reason: str, count: int) -> None:
    global _written  # noqa: PLW0603
    with _writing:
        _written = _written + Counter({reason: count})


def write_letters(letters: DataFrame, place: str, application: str) -> int:
    """Writes all letters of a batch and says how many; the same batch again writes the same files again."""
    order = ("day", "reason", "shard", "letter_id")
    rows = letters.orderBy(*order).toLocalIterator()
    count = 0
    for _, group in groupby(rows, key=attrgetter("day", "reason", "shard")):
        for chunk in _chunks(group):
            data = "".join(f"{letter.line}\n" for letter in chunk).encode()
            write_file(letters.sparkSession, _file(place, chunk, application), data)
            count += len(chunk)
            _note_written(chunk[0].reason, len(chunk))
    return count
