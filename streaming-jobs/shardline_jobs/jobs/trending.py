"""`trending`: plays, listeners and skip rate per artist, song and country, in sliding windows, now and for good."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.readwriter import DataStreamWriter

from shardline_jobs.lib.events import events, once
from shardline_jobs.lib.job import COMMON, Job, late_by, now_ms, run, window_of
from shardline_jobs.lib.opensearch import install, to_opensearch
from shardline_jobs.lib.outputs import OUTPUTS, target_of, wrong_outputs
from shardline_jobs.lib.parameters import Parameter, Parameters
from shardline_jobs.lib.parquet import to_parquet
from shardline_jobs.lib.trending import heard, sliding_windows, trending
from shardline_jobs.lib.trending_documents import document, template


def _queries(_spark: SparkSession, parameters: Parameters, records: DataFrame) -> dict[str, DataStreamWriter]:
    plays = once(heard(events(records, window_of(parameters))), late_by(parameters))
    windows = parameters.values["WINDOWS"]
    assert isinstance(windows, tuple)
    rows = trending(plays, windows)
    queries: dict[str, DataStreamWriter] = {}
    output = parameters.maybe("OUTPUT_PATH")
    if output is not None:
        queries["final"] = to_parquet(rows, output, "window_start", parameters.text("CODEC"))
    target = target_of(parameters)
    if target is not None:
        install(target, template())
        queries["live"] = rows.writeStream.outputMode("update").foreachBatch(to_opensearch(target, document, now_ms))
    return queries


JOB = Job(
    name="trending",
    parameters=(
        *COMMON,
        Parameter("WINDOWS", "Length and slide of each window", sliding_windows, "1m/1m,1h/15m,1d/6h"),
        *OUTPUTS,
    ),
    queries=_queries,
    check=wrong_outputs,
    fixed=("WINDOWS",),
)


def main(argv: Sequence[str], running: SparkSession | None = None) -> int:
    """The exit code."""
    return run(JOB, argv, running)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
