"""What a job ends with when it does not end well: each has a name, and a row in docs/spark-jobs.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """`exit`: the job's exit code. `means` and `todo` stand in the docs."""

    code: str
    exit: int
    means: str
    todo: str


PARAMETERS_WRONG = Fault(
    "SHARDLINE_SPARK_PARAMETERS_WRONG",
    2,
    "Parameters are missing, unknown or wrong; all of them are listed. Nothing was started",
    "Mend each line; `--help` lists the parameters",
)
CHECKPOINT_OTHER = Fault(
    "SHARDLINE_SPARK_CHECKPOINT_OTHER",
    2,
    "The checkpoint was begun by another job or with other settings, which its state is made for; the line names each "
    "that differs. Nothing was started, nothing is changed",
    "Start the job with the settings that the line names; or, to change them, begin anew: another `--CHECKPOINT_PATH` "
    "and another `--OUTPUT_PATH`",
)
OUTPUT_OTHER = Fault(
    "SHARDLINE_SPARK_OUTPUT_OTHER",
    2,
    "`--OUTPUT_PATH` or `--TOP_PATH` was written with another checkpoint, or this checkpoint has written into another "
    "`--OUTPUT_PATH`. Batches would be left out, or be there twice. Nothing was started",
    "Give the job the checkpoint and folder that belong together; or begin anew with others of both",
)
CHECKPOINT_UNUSABLE = Fault(
    "SHARDLINE_SPARK_CHECKPOINT_UNUSABLE",
    1,
    "The folder of `--CHECKPOINT_PATH` or `--OUTPUT_PATH` cannot be read or written",
    "Make bucket, rights and free space right, and start the job again",
)
STATE_CHANGED = Fault(
    "SHARDLINE_SPARK_STATE_CHANGED",
    1,
    "The state in the checkpoint has other columns than that of this version of the job",
    "Go back to the version that wrote it; or begin anew with another `--CHECKPOINT_PATH` and another `--OUTPUT_PATH`",
)
SINK_UNAVAILABLE = Fault(
    "SHARDLINE_SPARK_SINK_UNAVAILABLE",
    1,
    "A sink took nothing for as long as the job was told to try (`--OPENSEARCH_RETRY_FOR`, `--REDSHIFT_RETRY_FOR`), or "
    "refused what no waiting mends. Nothing is lost: the batch is not done",
    "Mend the sink, or the sign-in that the line tells of, and start the job again: it goes on with the same batch",
)
SOURCE_UNAVAILABLE = Fault(
    "SHARDLINE_SPARK_SOURCE_UNAVAILABLE",
    1,
    "The source cannot be read: the folder is not there (in S3: nothing is in it yet), no broker or no Kinesis "
    "answers, there is no such topic or stream, or the role may not read it",
    "Mend what the line names, and start the job again: it goes on where it was",
)
CATALOGUE_UNUSABLE = Fault(
    "SHARDLINE_SPARK_CATALOGUE_UNUSABLE",
    1,
    "The catalogue of `enrich_plays` is not there, cannot be read, or lacks columns, and no earlier one was kept",
    "Mend what the line names ([enrich-plays.md](enrich-plays.md)), and start the job again",
)
RECORDS_LOST = Fault(
    "SHARDLINE_SPARK_RECORDS_LOST",
    1,
    "Records were gone from the source before they were read",
    "Go on without them with `--LOST_RECORDS skip`; give the source a longer retention, or the job more room",
)
PORT_TAKEN = Fault(
    "SHARDLINE_SPARK_PORT_TAKEN",
    1,
    "The port of `--METRICS_PORT` cannot be listened on",
    "Choose a free port, or 0 for any",
)
SPARK_GONE = Fault(
    "SHARDLINE_SPARK_GONE",
    1,
    "Spark's own process has ended under the job: it was killed, or ran out of memory",
    "Its log and the cluster's say why; started again, the job goes on where it was",
)
FAILED = Fault(
    "SHARDLINE_SPARK_FAILED",
    1,
    "Something else went wrong; the line says what, and Spark's log has the traces around it",
    "Mend what the line names, and start the job again: it goes on with the same batch",
)
FAULTS = (
    PARAMETERS_WRONG,
    CHECKPOINT_OTHER,
    OUTPUT_OTHER,
    CHECKPOINT_UNUSABLE,
    STATE_CHANGED,
    SINK_UNAVAILABLE,
    SOURCE_UNAVAILABLE,
    CATALOGUE_UNUSABLE,
    RECORDS_LOST,
    PORT_TAKEN,
    SPARK_GONE,
    FAILED,
)


class JobFault(Exception):
    """A fault that the job itself has found."""

    def __init__(self, fault: Fault, said: str) -> None:
        super().__init__(said)
        self.fault = fault
