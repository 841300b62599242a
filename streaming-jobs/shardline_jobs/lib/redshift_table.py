"""A table in Redshift for the rows of a DataFrame: its columns, its DDL, and what is wrong with one that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

#: Longest text that a column takes, in bytes: Redshift counts VARCHAR in them (Database Developer Guide, "Character
#: types"). Wider columns would cost its queries memory.
TEXT_BYTES = 1_024
#: A character has at most four bytes in UTF-8.
_TEXT_CHARACTERS = TEXT_BYTES // 4
#: As much of a long key as leaves room for the digest that keeps it apart from others.
_KEY_CHARACTERS = (TEXT_BYTES - 80) // 4

#: By Spark's name for a type: how Redshift declares it, and how it calls it. COPY wants the very type of the file: what
#: Spark writes as a timestamp, it takes for TIMESTAMP, not for TIMESTAMPTZ.
_TYPES = {
    "boolean": ("BOOLEAN", "bool"),
    "smallint": ("SMALLINT", "int2"),
    "int": ("INTEGER", "int4"),
    "bigint": ("BIGINT", "int8"),
    "float": ("REAL", "float4"),
    "double": ("DOUBLE PRECISION", "float8"),
    "date": ("DATE", "date"),
    "timestamp": ("TIMESTAMP", "timestamp"),
    "string": (f"VARCHAR({TEXT_BYTES})", "varchar"),
}


@dataclass(frozen=True)
class Name:
    """`schema.table`."""

    schema: str
    table: str

    def __str__(self) -> str:
        return f'"{self.schema}"."{self.table}"'

    @property
    def shown(self) -> str:
        """As people write it."""
        return f"{self.schema}.{self.table}"


@dataclass(frozen=True)
class Field:
    """A column: what it is declared as, how the database calls that, and whether rows are told apart by it."""

    name: str
    declared: str
    called: str
    key: bool = False
    #: Of a text, in bytes.
    length: int = TEXT_BYTES


@dataclass(frozen=True)
class Table:
    """`key` tells rows apart; a row gives way only to one that has more in `newer`."""

    fields: tuple[Field, ...]
    newer: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that tell rows apart."""
        return tuple(field.name for field in self.fields if field.key)


@dataclass(frozen=True)
class Found:
    """A column of a table that is there. `length` is that of a text."""

    name: str
    called: str
    length: int


def flat(rows: DataFrame) -> DataFrame:
    """Lists of texts as one text each, for COPY takes no list but into SUPER."""
    lists = [field.name for field in rows.schema.fields if field.dataType.simpleString() == "array<string>"]
    return rows.withColumns({name: F.array_join(name, ",") for name in lists})


def table_of(schema: T.StructType, key: Sequence[str], newer: str) -> Table:
    """The table for rows of this schema, which `flat` has left. ValueError names what it cannot hold."""
    fields = []
    for field in schema.fields:
        name = field.dataType.simpleString()
        if name not in _TYPES:
            raise ValueError(f"the column {field.name} is of type {name}, for which there is none in Redshift")
        declared, called = _TYPES[name]
        fields.append(Field(field.name, declared, called, field.name in key))
    return Table(tuple(fields), newer)


def _fitted_text(text: Column, is_key: bool) -> Column:
    # NUL is no character of a VARCHAR.
    sound = F.translate(text, "\0", "\ufffd")
    head = F.substring(sound, 1, _KEY_CHARACTERS if is_key else _TEXT_CHARACTERS)
    cut = F.concat(head, F.lit("#"), F.sha2(sound, 256)) if is_key else head
    return F.when(F.octet_length(sound) > TEXT_BYTES, cut).otherwise(sound)


def fitted(rows: DataFrame, table: Table) -> DataFrame:
    """Texts that are too long, cut: COPY would refuse the whole batch for one. Cut keys stay different."""
    texts = [field for field in table.fields if field.called == "varchar"]
    return rows.withColumns({field.name: _fitted_text(F.col(field.name), field.key) for field in texts})


def quoted(names: Sequence[str]) -> str:
    """Names as a list; quoted, for `key` and `length` may be words of the language."""
    return ", ".join(f'"{name}"' for name in names)


def _columns(table: Table) -> str:
    return ", ".join(f'"{field.name}" {field.declared}{" NOT NULL" if field.key else ""}' for field in table.fields)


def ddl(name: Name, table: Table) -> str:
    """Makes the table. Redshift itself keeps no key unique (Developer Guide, "Defining table constraints"): we do."""
    return f"CREATE TABLE {name} ({_columns(table)}, PRIMARY KEY ({quoted(table.keys)}))"


def staged_ddl(name: str, table: Table) -> str:
    """Makes the scratch table of one transaction, with the columns of the Parquet files in their order."""
    return f'CREATE TEMPORARY TABLE "{name}" ({_columns(table)})'


def differences(table: Table, found: Sequence[Found]) -> list[str]:
    """Why rows of `table` have no room in one with these columns. It may have more, and in another order."""
    there = {column.name: column for column in found}
    problems = []
    for field in table.fields:
        column = there.get(field.name)
        if column is None:
            problems.append(f"it has no column {field.name} {field.declared}")
        elif column.called != field.called:
            problems.append(f"its column {field.name} is {column.called}, not {field.declared}")
        elif field.called == "varchar" and column.length < field.length:
            problems.append(f"its column {field.name} takes {column.length} bytes, not {field.length}")
    return problems
