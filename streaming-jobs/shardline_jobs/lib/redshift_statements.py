"""The SQL of one micro-batch. All but COPY means the same to PostgreSQL, which the tests run it on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from .redshift_table import Field, Name, Table, quoted, staged_ddl

STAGED = "shardline_staged"
#: As many batches as Spark itself keeps of a checkpoint (`spark.sql.streaming.minBatchesToRetain`): it repeats none
#: that was before.
_LEDGER_BATCHES = 100

LEDGER = Table(
    (
        Field("checkpoint_id", "VARCHAR(64)", "varchar", True, 64),
        Field("batch_id", "BIGINT", "int8", True),
        Field("row_count", "BIGINT", "int8"),
        Field("committed_at", "TIMESTAMP", "timestamp"),
    ),
    newer="batch_id",
)


@dataclass(frozen=True)
class Batch:
    """A micro-batch by which it is known again: a checkpoint's own id, and the number within it."""

    checkpoint: str
    number: int


@dataclass(frozen=True)
class File:
    """A staged file."""

    url: str
    length: int


def ledger_of(name: Name) -> Name:
    """The table beside a table that says which batches it holds. One each: tables do not wait for each other."""
    return Name(name.schema, f"{name.table}_ledger")


def manifest(files: Sequence[File]) -> str:
    """What COPY is to load, no more and no less.

    Parquet wants each file's length (Redshift Database Developer Guide, "Using a manifest to specify data files").
    """
    entries = [{"url": each.url, "mandatory": True, "meta": {"content_length": each.length}} for each in files]
    return json.dumps({"entries": entries}, indent=1)


def copy(manifest_url: str, role: str) -> str:
    """Loads Parquet into the scratch table, columns by their order.

    The parameters are of those that Parquet allows (Database Developer Guide, "COPY from columnar data formats").
    """
    who = "default" if role == "default" else f"'{role}'"
    return f"COPY \"{STAGED}\" FROM '{manifest_url}' IAM_ROLE {who} FORMAT AS PARQUET MANIFEST ACCEPTINVCHARS"


def columns_of(name: Name) -> str:
    """Of its answer, what it says of its columns is wanted."""
    return f"SELECT * FROM {name} LIMIT 0"


def lock(name: Name) -> str:
    """Waits for every other writer. First of all: the transaction sees what stands when it first reads or writes."""
    return f"LOCK TABLE {ledger_of(name)}"


def looked_up(name: Name, batch: Batch) -> str:
    """Whether the batch was committed before."""
    return (
        f'SELECT "row_count" FROM {ledger_of(name)} '
        f'WHERE "checkpoint_id" = \'{batch.checkpoint}\' AND "batch_id" = {batch.number}'
    )


def staged(table: Table) -> str:
    """Makes the scratch table; the end of the session removes it."""
    return staged_ddl(STAGED, table)


COUNT = f'SELECT COUNT(*) FROM "{STAGED}"'


def merge(name: Name, table: Table) -> tuple[str, str]:
    """Rows of the scratch table replace those of the same key that have less, and are added where there is none.

    Not MERGE: it compares no more than the keys before it updates.
    """
    same = " AND ".join(f'"{name.table}"."{key}" = "{STAGED}"."{key}"' for key in table.keys)
    columns = [field.name for field in table.fields]
    values = ", ".join(f'"{STAGED}"."{column}"' for column in columns)
    return (
        f'DELETE FROM {name} USING "{STAGED}" WHERE {same} '
        f'AND "{name.table}"."{table.newer}" < "{STAGED}"."{table.newer}"',
        f'INSERT INTO {name} ({quoted(columns)}) SELECT {values} FROM "{STAGED}" '
        f'LEFT JOIN {name} ON {same} WHERE "{name.table}"."{table.keys[0]}" IS NULL',
    )


def entered(name: Name, batch: Batch, rows: int, at: str) -> tuple[str, str]:
    """Notes the batch, and forgets those that nothing repeats any more."""
    ledger = ledger_of(name)
    columns = quoted([field.name for field in LEDGER.fields])
    return (
        f"INSERT INTO {ledger} ({columns}) VALUES ('{batch.checkpoint}', {batch.number}, {rows}, '{at}')",
        f"DELETE FROM {ledger} WHERE \"checkpoint_id\" = '{batch.checkpoint}' "
        f'AND "batch_id" < {batch.number - _LEDGER_BATCHES}',
    )
