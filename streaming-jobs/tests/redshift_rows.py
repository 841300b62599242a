"""A sink for rows of a few kinds, and such rows."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T

from shardline_jobs.lib.bulk import Patience
from shardline_jobs.lib.log import Log
from shardline_jobs.lib.redshift import Sink
from shardline_jobs.lib.redshift_parameters import table_name
from shardline_jobs.lib.redshift_table import table_of
from shardline_jobs.lib.redshift_transaction import Warehouse

from .redshift_stand_in import Redshift

COLUMNS = ("key string", "start timestamp", "plays bigint", "events int", "rate double", "label string")
CHECKPOINT = "00000000-0000-0000-0000-000000000001"


def sink_of(spark: SparkSession, redshift: Redshift, patience_s: float = 60, table: str = "charts") -> Sink:
    warehouse = Warehouse(
        url=redshift.url,
        user="shardline",
        password="x",
        name=table_name(f"{redshift.schema}.{table}"),
        staging=redshift.staging,
        role="default",
        retry_for_s=patience_s,
        log=Log({}),
    )
    schema = T._parse_datatype_string(", ".join(COLUMNS))
    assert isinstance(schema, T.StructType)
    # So that no test waits longer than it has to.
    patience = Patience(patience_s, sleep=lambda _: None)
    sink = Sink(warehouse, table_of(schema, ("key", "start"), "plays"), patience)
    sink.install(spark)
    return sink


def row(key: str, plays: int, label: str = "NULL") -> str:
    """Of SQL, for a list of Python's would come by way of several partitions."""
    return f"({key}, timestamp '2026-05-04 12:30:01.25', {plays}, 2, 0.1D, {label})"


def rows_of(spark: SparkSession, *rows: tuple[str, int] | str) -> DataFrame:
    values = ", ".join(each if isinstance(each, str) else row(f"'{each[0]}'", each[1]) for each in rows)
    columns = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in (each.split() for each in COLUMNS))
    return spark.sql(f"SELECT {columns} FROM VALUES {values} AS v({', '.join(each.split()[0] for each in COLUMNS)})")
