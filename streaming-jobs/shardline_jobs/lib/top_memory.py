"""What `top` remembers from batch to batch: a file for each, beside the query's checkpoint.

A batch reads what the one before it wrote, and writes for itself: repeated after a crash, it reads and writes the same.
"""

from __future__ import annotations

import json

from py4j.java_gateway import JavaObject
from pyspark.sql import SparkSession

from .letter_files import write_file
from .top import Chart, Heard, Memory, Standing


def hadoop(spark: SparkSession, path: str) -> tuple[JavaObject, JavaObject]:
    """A path, and the file system that it is in."""
    jvm = spark._jvm
    assert jvm is not None
    place = jvm.org.apache.hadoop.fs.Path(path)
    return place, place.getFileSystem(spark._jsc.hadoopConfiguration())


def text_of(memory: Memory) -> str:
    """A line of how far it is, and one for each chart."""
    lines: list[object] = [[memory.latest_ms, memory.over_ms]]
    lines += [[list(chart), each.total, [list(heard) for heard in each.best]] for chart, each in memory.charts.items()]
    return "".join(f"{json.dumps(line)}\n" for line in lines)


def memory_of(text: str) -> Memory:
    """The same, read."""
    first, *lines = (json.loads(line) for line in text.splitlines())
    charts = {Chart(*chart): Standing(tuple(Heard(*heard) for heard in best), total) for chart, total, best in lines}
    return Memory(charts, *first)


def recall(spark: SparkSession, folder: str, number: int) -> Memory:
    """What the batch before remembered; nothing at the beginning."""
    path, system = hadoop(spark, _file(folder, number - 1))
    if not system.exists(path):
        return Memory()
    jvm = spark._jvm
    assert jvm is not None
    stream = system.open(path)
    try:
        return memory_of(jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
    finally:
        stream.close()


def remember(spark: SparkSession, folder: str, number: int, memory: Memory) -> None:
    """Writes what this batch remembers, and forgets what nobody reads any more: the batch before is settled."""
    write_file(spark, _file(folder, number), text_of(memory).encode())
    path, system = hadoop(spark, _file(folder, number - 2))
    system.delete(path, False)


def _file(folder: str, number: int) -> str:
    return f"{folder}/{number}.ndjson"
