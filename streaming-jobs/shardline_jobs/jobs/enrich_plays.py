"""`enrich_plays`: each play with its song from the catalogue, and whether its listener skipped or liked it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.readwriter import DataStreamWriter

from shardline_jobs.lib.catalogue_parameters import CATALOGUE, catalogue_of, least_score
from shardline_jobs.lib.enriched import Sink, into_all
from shardline_jobs.lib.enriched_documents import document, template
from shardline_jobs.lib.enriched_redshift import enriched_to_redshift
from shardline_jobs.lib.events import events
from shardline_jobs.lib.job import COMMON, Job, late_by, now_ms, run, seconds, window_of
from shardline_jobs.lib.opensearch import install, to_opensearch
from shardline_jobs.lib.outputs import OUTPUTS, target_of, wrong_outputs
from shardline_jobs.lib.parameters import Parameter, Parameters, duration
from shardline_jobs.lib.parquet_batches import to_parquet_batches
from shardline_jobs.lib.reactions import heard, reactions
from shardline_jobs.lib.redshift_parameters import warehouse_of


def _sinks(parameters: Parameters, rows: DataFrame) -> list[Sink]:
    sinks: list[Sink] = []
    output = parameters.maybe("OUTPUT_PATH")
    if output is not None:
        sinks.append(to_parquet_batches(output, "event_at", parameters.text("CODEC")))
    warehouse = warehouse_of(parameters)
    if warehouse is not None:
        sinks.append(enriched_to_redshift(rows, warehouse))
    target = target_of(parameters)
    if target is not None:
        install(target, template())
        sinks.append(to_opensearch(target, document, now_ms))
    return sinks


def _queries(spark: SparkSession, parameters: Parameters, records: DataFrame) -> dict[str, DataStreamWriter]:
    catalogue = catalogue_of(spark, parameters)
    came = heard(events(records, window_of(parameters)))
    rows = reactions(came, late_by(parameters), seconds(parameters.duration("WITHIN")))
    write = into_all(catalogue, least_score(parameters), _sinks(parameters, rows))
    return {"enriched": rows.writeStream.outputMode("append").foreachBatch(write)}


JOB = Job(
    name="enrich_plays",
    parameters=(
        *COMMON,
        *CATALOGUE,
        Parameter("WITHIN", "A skip or like this long after a play belongs to it", duration, "10m"),
        *OUTPUTS,
    ),
    queries=_queries,
    check=wrong_outputs,
    fixed=("WITHIN",),
)


def main(argv: Sequence[str], running: SparkSession | None = None) -> int:
    """The exit code."""
    return run(JOB, argv, running)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
