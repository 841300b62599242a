"""A transaction in Redshift, tried again while that may help."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from pyspark.sql import SparkSession

from .bulk import Patience, SinkUnavailable
from .jdbc import Connection, DriverMissing, SqlFailed, connect
from .log import Log
from .redshift_table import Name

_LOGIN_S = 30
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 15.0
#: Classes of SQLSTATE that no waiting mends: what is not supported, wrong data, broken constraints, wrong sign-in,
#: no such database or schema, wrong statements, missing rights, and what Redshift itself calls internal (COPY's own).
_FINAL = ("0A", "22", "23", "28", "3D", "3F", "42", "XX")
#: Somebody else has made it in the meantime.
_TABLE_THERE = "42P07"

Done = TypeVar("Done")


class RedshiftUnavailable(SinkUnavailable):
    """Redshift took nothing for too long: the query must stop. Started again, it writes the same batch."""


class RedshiftRefused(SinkUnavailable):
    """Redshift refuses what no waiting mends: the query must stop. Mended and started again, it writes the batch."""


class WrongTable(SinkUnavailable):
    """The table that is there has no room for the rows."""


@dataclass(frozen=True)
class Warehouse:
    """Where rows go, and how to get there."""

    url: str
    user: str | None
    password: str | None = field(repr=False)
    name: Name
    staging: str
    role: str
    retry_for_s: float
    log: Log

    def properties(self) -> dict[str, str]:
        """For the driver. An answer that never comes must end too, after the server's own limit for a statement."""
        limits = {"loginTimeout": str(_LOGIN_S), "socketTimeout": str(int(self.retry_for_s) + 60)}
        return {**limits, "user": self.user, "password": self.password or ""} if self.user else limits


def passes(failed: SqlFailed) -> bool:
    """Whether the same transaction may succeed later.

    1023 is a violation of serializable isolation (Redshift Database Developer Guide, "Serializable isolation").
    """
    if failed.state == _TABLE_THERE or re.search(r"\b1023\b", str(failed)):
        return True
    return not failed.state.startswith(_FINAL)


def attempts(warehouse: Warehouse, spark: SparkSession, patience: Patience, work: Callable[[Connection], Done]) -> Done:
    """Does the work in one transaction, again and again while that may help. Work must bear to be repeated."""
    began, pause_s = patience.now(), _FIRST_PAUSE_S
    shown = warehouse.name.shown
    while True:
        connection: Connection | None = None
        try:
            connection = connect(spark, warehouse.url, warehouse.properties())
            connection.execute(f"SET statement_timeout TO {int(patience.for_s * 1_000)}")
            done = work(connection)
            connection.commit()
        except DriverMissing as missing:
            raise RedshiftRefused(str(missing)) from None
        except SqlFailed as failed:
            if not passes(failed):
                raise RedshiftRefused(f"Redshift refuses to write to {shown}: {failed}") from failed
            if patience.now() - began > patience.for_s:
                raise RedshiftUnavailable(
                    f"Redshift took nothing for {shown} for {patience.for_s:.0f} s: {failed}. "
                    "The query stops; nothing is lost: started again, it goes on with the same batch."
                ) from failed
            warehouse.log.warn("Redshift does not take it; tried again", error=str(failed))
        else:
            return done
        finally:
            # A commit whose answer was lost may have happened: the next attempt finds it in the ledger.
            if connection is not None:
                connection.close()
        patience.sleep(pause_s * (1 + random.random() / 4))
        pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
