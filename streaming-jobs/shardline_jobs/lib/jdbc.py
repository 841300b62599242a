"""A connection to Redshift by Amazon's JDBC driver, through Spark's own JVM: it is there on EMR and Glue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.sql import SparkSession

DRIVER = "com.amazon.redshift.Driver"
PACKAGE = "com.amazon.redshift:redshift-jdbc42:2.1.0.34"


class DriverMissing(Exception):
    """The JVM knows no driver."""


class SqlFailed(Exception):
    """What the database, or the driver, said. `state` is the SQLSTATE, empty where there is none."""

    def __init__(self, state: str, message: str) -> None:
        super().__init__(f"{message} ({state})" if state else message)
        self.state = state


def _state(java: Any) -> str | None:
    try:
        return str(java.getSQLState() or "")
    except Py4JError:
        # No SQLException.
        return None


def _failed(error: Py4JJavaError) -> SqlFailed:
    """What the first SQLException on the way to the cause says; where there is none, what the outermost does."""
    java = error.java_exception
    while java is not None:
        state = _state(java)
        if state is not None:
            return SqlFailed(state, " ".join(str(java.getMessage()).split()))
        java = java.getCause()
    return SqlFailed("", str(error.java_exception.toString()))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except Py4JJavaError as error:
        raise _failed(error) from None


class Connection:
    """One transaction after the other."""

    def __init__(self, java: Any) -> None:
        self._java = java

    def execute(self, sql: str) -> None:
        """Runs a statement."""
        with _told():
            statement = self._java.createStatement()
            try:
                statement.execute(sql)
            finally:
                statement.close()

    def number(self, sql: str) -> int | None:
        """The first column of the first row; None where there is none."""
        with _told():
            statement = self._java.createStatement()
            try:
                rows = statement.executeQuery(sql)
                return int(rows.getLong(1)) if rows.next() else None
            finally:
                statement.close()

    def columns(self, sql: str) -> list[tuple[str, str, int]]:
        """Name, type and length of each column that a query gives."""
        with _told():
            statement = self._java.createStatement()
            try:
                about = statement.executeQuery(sql).getMetaData()
                numbers = range(1, about.getColumnCount() + 1)
                return [
                    (str(about.getColumnName(at)), str(about.getColumnTypeName(at)), int(about.getPrecision(at)))
                    for at in numbers
                ]
            finally:
                statement.close()

    def commit(self) -> None:
        """Ends the transaction for good."""
        with _told():
            self._java.commit()

    def rollback(self) -> None:
        """Undoes the transaction."""
        with _told():
            self._java.rollback()

    def close(self) -> None:
        """Undoes what is not committed. Says nothing: the connection may be gone already."""
        try:
            self._java.close()
        except Py4JError:
            return


def connect(spark: SparkSession, url: str, properties: Mapping[str, str]) -> Connection:
    """Opens a connection that begins a transaction with its first statement. Raises SqlFailed, DriverMissing."""
    jvm: Any = spark._jvm
    try:
        driver = getattr(jvm, DRIVER)()
    except TypeError:
        # py4j takes a class that is not there for a package, which nobody can call.
        raise DriverMissing(f"{DRIVER} is not on Spark's class path: start it with --packages {PACKAGE}") from None
    given = jvm.java.util.Properties()
    for key, value in properties.items():
        given.setProperty(key, value)
    with _told():
        java = driver.connect(url, given)
        java.setAutoCommit(False)
    return Connection(java)
