"""What the tests of the Redshift sink have in their hands: its tables, its staged files, and what is to go wrong."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import SparkSession

from shardline_jobs.lib.jdbc import connect
from shardline_jobs.lib.redshift_parameters import jdbc_url

from .buckets import keys, new_bucket
from .redshift_copy import SCRATCH, Refused, copied
from .redshift_wire import redshift_wire

#: Handed `before` or `after`, and a statement; gives another one to be run in its place, raises Cut, or kills.
Fault = Callable[[str, str], str | None]

#: The steps of one transaction, as they pass.
STEPS = {
    "begin": r"BEGIN",
    "lock": r"LOCK TABLE .+_ledger\"",
    "look up": r"SELECT \"row_count\" FROM .+",
    "make the scratch table": SCRATCH.pattern,
    "copy": r"COPY .+",
    "count": r"SELECT COUNT.+",
    "delete older": r"DELETE FROM .+ USING .+",
    "insert": r"INSERT INTO .+ SELECT .+",
    "enter": r"INSERT INTO .+_ledger\" .+",
    "forget": r"DELETE FROM .+_ledger\" WHERE .+",
    "commit": r"COMMIT",
}


def step_of(statement: str) -> str | None:
    return next((name for name, form in STEPS.items() if re.fullmatch(form, statement)), None)


def raising(message: str, detail: str = "", state: str = "XX000") -> str:
    """A statement that fails as Redshift would."""
    return f"DO $$ BEGIN RAISE EXCEPTION '{message}' USING DETAIL = '{detail}', ERRCODE = '{state}'; END $$"


def _none(_when: str, _statement: str) -> None:
    return None


class Redshift:
    """A schema of its own for one test."""

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark
        self._scratch = ""
        self.schema = f"music_{uuid.uuid4().hex[:12]}"
        self.bucket = new_bucket("redshift")
        self.staging = f"s3a://{self.bucket}/staging"
        self.port = 0
        self.fault: Fault = _none
        self.copies: list[str] = []

    @property
    def url(self) -> str:
        return jdbc_url(f"jdbc:redshift://127.0.0.1:{self.port}/postgres?ssl=false")

    def parameters(self, table: str) -> dict[str, object]:
        return {
            "REDSHIFT_URL": self.url,
            "REDSHIFT_USER": "shardline",
            "REDSHIFT_PASSWORD": "not to be seen",
            "REDSHIFT_TABLE": f"{self.schema}.{table}",
            "REDSHIFT_STAGING_PATH": self.staging,
            "REDSHIFT_IAM_ROLE": "arn:aws:iam::123456789012:role/Loader",
        }

    def before(self, statement: str) -> str:
        instead = self.fault("before", statement)
        if instead is not None:
            return instead
        if SCRATCH.fullmatch(statement):
            self._scratch = statement
        if not statement.startswith("COPY"):
            return statement
        self.copies.append(statement)
        try:
            return copied(statement, self._scratch)
        except (Refused, OSError) as refused:
            return raising(str(refused).replace("'", '"'))

    def after(self, statement: str) -> None:
        self.fault("after", statement)

    def run(self, *statements: str) -> None:
        connection = connect(self._spark, self.url, {"user": "shardline"})
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    def ask(self, sql: str) -> list[tuple]:
        """Rows of texts."""
        jvm: Any = self._spark._jvm
        properties = jvm.java.util.Properties()
        properties.setProperty("user", "shardline")
        java = jvm.com.amazon.redshift.Driver().connect(self.url, properties)
        try:
            found = java.createStatement().executeQuery(sql)
            columns = range(1, found.getMetaData().getColumnCount() + 1)
            rows = []
            while found.next():
                rows.append(tuple(found.getString(at) for at in columns))
            return rows
        finally:
            java.close()

    def staged(self) -> list[str]:
        return keys(self._spark, self.staging)


@contextmanager
def redshift(spark: SparkSession, port: int) -> Iterator[Redshift]:
    there = Redshift(spark)
    with redshift_wire(port, there.before, there.after) as there.port:
        there.run(f'CREATE SCHEMA "{there.schema}"')
        yield there
        there.fault = _none
        there.run(f'DROP SCHEMA "{there.schema}" CASCADE')
