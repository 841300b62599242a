"""Micro-batches → a table in Redshift: staged as Parquet in S3, then a transaction each, which a ledger knows again."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T
from pyspark.sql.streaming.readwriter import DataStreamWriter

from .bulk import Patience
from .jdbc import Connection, SqlFailed
from .log import Log
from .redshift_statements import (
    COUNT,
    LEDGER,
    Batch,
    columns_of,
    copy,
    entered,
    ledger_of,
    lock,
    looked_up,
    merge,
    staged,
)
from .redshift_table import Found, Name, Table, ddl, differences, fitted, flat, table_of
from .redshift_transaction import RedshiftRefused, Warehouse, WrongTable, attempts, passes
from .staging import Staged, remove, stage

#: SQLSTATE of a table that is not there.
_NO_TABLE = "42P01"


def _found(connection: Connection, name: Name) -> list[Found] | None:
    try:
        return [Found(*column) for column in connection.columns(columns_of(name))]
    except SqlFailed as failed:
        if failed.state != _NO_TABLE:
            raise
        connection.rollback()
        return None


def _install(connection: Connection, name: Name, table: Table, log: Log) -> None:
    found = _found(connection, name)
    if found is None:
        statement = ddl(name, table)
        try:
            connection.execute(statement)
        except SqlFailed as failed:
            if passes(failed):
                raise
            raise RedshiftRefused(
                f"{name.shown} is not there and cannot be made: {failed}. Make it: {statement}"
            ) from None
        log.info("table made", statement=statement)
        return
    problems = differences(table, found)
    if problems:
        raise WrongTable(
            f"{name.shown} is not a table for these rows: {'; '.join(problems)}. "
            f"Name another with --REDSHIFT_TABLE, or make it anew: {ddl(name, table)}"
        )


def _load(connection: Connection, warehouse: Warehouse, table: Table, batch: Batch, files: Staged, at: str) -> bool:
    """All of one transaction but its end; False where the batch was committed before."""
    connection.execute(lock(warehouse.name))
    if connection.number(looked_up(warehouse.name, batch)) is not None:
        return False
    connection.execute(staged(table))
    connection.execute(copy(files.manifest, warehouse.role))
    loaded = connection.number(COUNT)
    if loaded != files.rows:
        raise RedshiftRefused(f"COPY loaded {loaded} rows of {files.manifest}, which lists files of {files.rows}")
    statements: Sequence[str] = (*merge(warehouse.name, table), *entered(warehouse.name, batch, files.rows, at))
    for statement in statements:
        connection.execute(statement)
    return True


def _checkpoint_of(spark: SparkSession) -> str:
    """The id that Spark has given to the checkpoint of the running query."""
    # Written by org.apache.spark.sql.execution.streaming.StreamExecution, and in the checkpoint's file `metadata`.
    found = spark.sparkContext.getLocalProperty("sql.streaming.queryId")
    return str(uuid.UUID(found))


def _clear(spark: SparkSession, folder: str, log: Log) -> None:
    """Removes what was staged for a batch that is committed, also by attempts that a crash has ended."""
    try:
        remove(spark, folder)
    except Py4JJavaError as error:
        # The rows are where they belong; an S3 lifecycle rule may do the rest.
        log.warn("staged files are left", folder=folder, error=str(error.java_exception.toString()))


@dataclass(frozen=True)
class Sink:
    """Writes micro-batches into one table."""

    warehouse: Warehouse
    table: Table
    patience: Patience

    def install(self, spark: SparkSession) -> None:
        """Makes the table and its ledger where they are not there; WrongTable where something else is."""
        name = self.warehouse.name
        for each, wanted in ((name, self.table), (ledger_of(name), LEDGER)):
            work = partial(_install, name=each, table=wanted, log=self.warehouse.log)
            attempts(self.warehouse, spark, self.patience, work)

    def write(self, rows: DataFrame, batch: Batch) -> None:
        """Returns when the rows are committed, now or before."""
        spark = rows.sparkSession
        folder = f"{self.warehouse.staging}/{batch.checkpoint}/{batch.number}"
        # A folder of its own for each attempt: what another one has left half-written is in nobody's way.
        files = stage(fitted(rows, self.table), f"{folder}/{uuid.uuid4()}")
        if files.rows > 0:
            at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
            work = partial(_load, warehouse=self.warehouse, table=self.table, batch=batch, files=files, at=at)
            attempts(self.warehouse, spark, self.patience, work)
        _clear(spark, folder, self.warehouse.log)


def batches_to_redshift(
    spark: SparkSession, schema: T.StructType, warehouse: Warehouse, key: Sequence[str], newer: str
) -> Callable[[DataFrame, int], None]:
    """For `foreachBatch`, of rows that are final, one for each key. The table is made, or looked at, at once."""
    table = table_of(flat(spark.createDataFrame([], schema)).schema, key, newer)
    sink = Sink(warehouse, table, Patience(warehouse.retry_for_s))
    sink.install(spark)

    def send(batch: DataFrame, number: int) -> None:
        # Not within the query: Spark would put what makes a column into each place that uses it.
        sink.write(flat(batch), Batch(_checkpoint_of(batch.sparkSession), number))

    return send


def to_redshift(rows: DataFrame, warehouse: Warehouse, key: Sequence[str], newer: str) -> DataStreamWriter:
    """The same, for a query that writes nowhere else."""
    send = batches_to_redshift(rows.sparkSession, rows.schema, warehouse, key, newer)
    return rows.writeStream.outputMode("append").foreachBatch(send)
