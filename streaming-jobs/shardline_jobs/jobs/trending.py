"""`trending`: plays, listeners and skip rate per artist, song and country, in sliding windows, now and for good."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import timedelta

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.readwriter import DataStreamWriter

from shardline_jobs.lib import top_documents
from shardline_jobs.lib.events import events, once
from shardline_jobs.lib.job import COMMON, Job, late_by, now_ms, run, window_of
from shardline_jobs.lib.opensearch import DocumentOf, Target, Template, install, to_opensearch
from shardline_jobs.lib.outputs import OUTPUTS, target_of, wrong_outputs
from shardline_jobs.lib.parameters import Parameter, Parameters, place, whole
from shardline_jobs.lib.parquet import to_parquet
from shardline_jobs.lib.redshift import to_redshift
from shardline_jobs.lib.redshift_parameters import warehouse_of
from shardline_jobs.lib.top_sink import Top, to_top
from shardline_jobs.lib.trending import EVERYTHING, heard, sliding_windows, trending
from shardline_jobs.lib.trending_documents import document, template

Write = Callable[[DataFrame, int], None]


def _queries(_spark: SparkSession, parameters: Parameters, records: DataFrame) -> dict[str, DataStreamWriter]:
    plays = once(heard(events(records, window_of(parameters))), late_by(parameters))
    windows = parameters.values["WINDOWS"]
    assert isinstance(windows, tuple)
    queries: dict[str, DataStreamWriter] = {}
    output = parameters.maybe("OUTPUT_PATH")
    if output is not None:
        queries["final"] = to_parquet(trending(plays, windows), output, "window_start", parameters.text("CODEC"))
    warehouse = warehouse_of(parameters)
    if warehouse is not None:
        key = ("window_start", "length", "dimension", "key")
        queries["redshift"] = to_redshift(trending(plays, windows), warehouse, key, newer="counted")
    top = _top(parameters)
    live = _live(target_of(parameters), top)
    if live is not None:
        changing = trending(plays, windows, totals=top is not None)
        queries["live"] = changing.writeStream.outputMode("update").foreachBatch(live)
    return queries


def _top(parameters: Parameters) -> Top | None:
    if parameters.whole("TOP") == 0:
        return None
    late_by_ms = parameters.duration("WATERMARK") // timedelta(milliseconds=1)
    memory = f"{parameters.text('CHECKPOINT_PATH')}/top"
    final = parameters.maybe("TOP_PATH")
    return Top(parameters.whole("TOP"), late_by_ms, memory, final, parameters.text("CODEC"))


def _to(target: Target | None, of: Template, document_of: DocumentOf) -> Write | None:
    if target is None:
        return None
    install(target, of)
    return to_opensearch(target, document_of, now_ms)


def _live(target: Target | None, top: Top | None) -> Write | None:
    send = _to(target, template(), document)
    if top is None:
        return send
    rank = to_top(top, _to(target, top_documents.template(), top_documents.document))

    def write(batch: DataFrame, number: int) -> None:
        kept = batch.persist()
        try:
            if send is not None:
                send(kept.where(F.col("dimension") != EVERYTHING), number)
            rank(kept, number)
        finally:
            kept.unpersist()

    return write


def _wrong(parameters: Parameters) -> list[str]:
    top, folder = parameters.whole("TOP"), parameters.maybe("TOP_PATH")
    problems = wrong_outputs(parameters)
    if top == 0 and folder is not None:
        problems.append("--TOP_PATH needs --TOP: how many are the best of a window")
    if folder is not None and folder == parameters.maybe("OUTPUT_PATH"):
        problems.append("--TOP_PATH must be another folder than --OUTPUT_PATH, where Spark reads its own files alone")
    if top > 0 and folder is None and parameters.maybe("OPENSEARCH_NODE") is None:
        problems.append("--TOP needs --OPENSEARCH_NODE or --TOP_PATH: the best must go somewhere")
    return problems


JOB = Job(
    name="trending",
    parameters=(
        *COMMON,
        Parameter("WINDOWS", "Length and slide of each window", sliding_windows, "1m/1m,1h/15m,1d/6h"),
        Parameter("TOP", "How many are the best of each window and dimension; 0: none", whole(0, 1_000), "0"),
        Parameter("TOP_PATH", "Folder for the best of windows that are over, as Parquet", place, ""),
        *OUTPUTS,
    ),
    queries=_queries,
    check=_wrong,
    fixed=("WINDOWS", "TOP"),
)


def main(argv: Sequence[str], running: SparkSession | None = None) -> int:
    """The exit code."""
    return run(JOB, argv, running)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
