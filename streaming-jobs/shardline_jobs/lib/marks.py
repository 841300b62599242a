"""Small files that are written once, beside Spark's own: by the same means as those, wherever they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from .faults import CHECKPOINT_UNUSABLE, JobFault

_EXISTS = "FileAlreadyExistsException"


class Folder:
    """A folder by its URL. Whatever goes wrong is a JobFault."""

    def __init__(self, spark: SparkSession, path: str) -> None:
        self.path = path
        jvm = spark._jvm
        assert jvm is not None
        self._of = jvm.org.apache.hadoop.fs.Path
        self._conf = spark._jsc.hadoopConfiguration()
        # What Spark writes its logs of batches by: a file appears whole, and never in place of another.
        manager = getattr(jvm.org.apache.spark.sql.execution.streaming, "CheckpointFileManager$")
        self._create = getattr(manager, "MODULE$").create

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except Py4JJavaError as error:
            raise JobFault(CHECKPOINT_UNUSABLE, f"{self.path}: {error.java_exception.toString()}") from None

    def read(self, name: str) -> str | None:
        """The text of a file; None where there is none."""
        with self._named():
            files = self._create(self._of(self.path), self._conf)
            file = self._of(f"{self.path}/{name}")
            if not files.exists(file):
                return None
            stream = files.open(file)
            try:
                return bytes(stream.readAllBytes()).decode("utf-8", "replace")
            finally:
                stream.close()

    def write_new(self, name: str, text: str) -> None:
        """Writes a file unless it is there."""
        with self._named():
            files = self._create(self._of(self.path), self._conf)
            files.mkdirs(self._of(self.path))
            stream = files.createAtomic(self._of(f"{self.path}/{name}"), False)
            try:
                stream.write(bytearray(text.encode()))
                stream.close()
            except Py4JJavaError as error:
                stream.cancel()
                if _EXISTS not in error.java_exception.toString():
                    raise

    def has(self, *patterns: str) -> bool:
        """Whether something below it is called so; stars stand for names."""
        with self._named():
            system = self._of(self.path).getFileSystem(self._conf)
            return any(bool(system.globStatus(self._of(f"{self.path}/{pattern}"))) for pattern in patterns)
