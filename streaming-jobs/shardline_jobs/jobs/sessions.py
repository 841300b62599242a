"""`sessions`: what listeners do without a long pause, and which of it no person does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import timedelta

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.readwriter import DataStreamWriter

from shardline_jobs.lib.events import events
from shardline_jobs.lib.job import COMMON, Job, late_by, now_ms, run, window_of
from shardline_jobs.lib.opensearch import Target, install, to_opensearch
from shardline_jobs.lib.outputs import OUTPUTS, target_of, wrong_outputs
from shardline_jobs.lib.parameters import Parameter, Parameters, duration, whole
from shardline_jobs.lib.parquet import to_parquet
from shardline_jobs.lib.redshift import to_redshift
from shardline_jobs.lib.redshift_parameters import warehouse_of
from shardline_jobs.lib.session_bounds import Bounds, wrong_bounds
from shardline_jobs.lib.session_documents import document, template
from shardline_jobs.lib.sessions import Limits, sessions, steps


def _bounds(parameters: Parameters) -> Bounds:
    gap, longest = (parameters.duration(key) // timedelta(milliseconds=1) for key in ("GAP", "LONGEST_SESSION"))
    return Bounds(gap, longest)


def _flagged(target: Target) -> Callable[[DataFrame, int], None]:
    send = to_opensearch(target, document, now_ms)

    def write(batch: DataFrame, number: int) -> None:
        # Not within the query: Spark would work out the flags before what they are made from, and make each list of a
        # session once more for every event of it.
        send(batch.where(F.size("flags") > 0), number)

    return write


def _queries(_spark: SparkSession, parameters: Parameters, records: DataFrame) -> dict[str, DataStreamWriter]:
    came = events(records, window_of(parameters)).withWatermark("at", late_by(parameters))
    limits = Limits(parameters.whole("PLAYS_A_MINUTE"), parameters.duration("TRAVEL").total_seconds())
    rows = sessions(steps(came), _bounds(parameters), limits)
    queries: dict[str, DataStreamWriter] = {}
    output = parameters.maybe("OUTPUT_PATH")
    if output is not None:
        queries["final"] = to_parquet(rows, output, "session_start", parameters.text("CODEC"))
    warehouse = warehouse_of(parameters)
    if warehouse is not None:
        queries["redshift"] = to_redshift(rows, warehouse, ("listener", "session_start"), newer="events")
    target = target_of(parameters)
    if target is not None:
        install(target, template())
        queries["flagged"] = rows.writeStream.outputMode("append").foreachBatch(_flagged(target))
    return queries


JOB = Job(
    name="sessions",
    parameters=(
        *COMMON,
        Parameter("GAP", "A pause longer than this ends a session", duration, "30m"),
        Parameter("LONGEST_SESSION", "A session that does not pause is cut before it lasts longer", duration, "2d"),
        Parameter("PLAYS_A_MINUTE", "More plays than this begun within a minute are flagged", whole(1, 10_000), "20"),
        Parameter("TRAVEL", "Two countries nearer to each other in time than this are flagged", duration, "1h"),
        *OUTPUTS,
    ),
    queries=_queries,
    check=lambda parameters: [*wrong_outputs(parameters), *wrong_bounds(_bounds(parameters))],
    fixed=("GAP", "LONGEST_SESSION"),
)


def main(argv: Sequence[str], running: SparkSession | None = None) -> int:
    """The exit code."""
    return run(JOB, argv, running)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
