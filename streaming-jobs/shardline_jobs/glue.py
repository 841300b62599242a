"""Starts a job as Glue starts scripts: the only file that knows Glue. Everything else is the same wheel as elsewhere.

Where each call was read, in the AWS Glue developer guide and in the `awsglue` package of Glue 5.1, which AWS publishes
as AWSGlueDataplanePython:

- `getResolvedOptions(argv, names)`: "Accessing parameters using getResolvedOptions"; awsglue/utils.py. That of Glue 5.1
  takes the beginning of a name for the name, so no key of ours may be the beginning of Glue's: `--JOB` would break it.
- `SparkContext.getOrCreate`, `GlueContext(context)`, `.spark_session`: "GlueContext class"; awsglue/context.py.
- `Job(glue)`, `.init(name, arguments)`, `.commit()`: as in the scripts that Glue generates ("Streaming ETL jobs in AWS
  Glue"); awsglue/job.py. Bookmarks are not used: a query's checkpoint says how far it is.
- `spark.readStream.format("kinesis")`, in lib/sources.py: "Scala script example - streaming ETL". That connector is
  there in jobs whose command is `gluestreaming`.
- The words that Glue adds to the script's own: "Using job parameters in AWS Glue jobs".

Glue calls a run failed when its script raises ("AWS Glue job run statuses"), and shows what it raised.
"""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

import shardline_jobs.jobs
from shardline_jobs.lib.keys import ours_among

_SAID = {
    1: "it failed",
    2: "its parameters are wrong, or the checkpoint or output is another job's",
    143: "it was told to stop",
}


class JobFailed(Exception):
    """What the run of a job ends with on Glue."""


def main(argv: Sequence[str]) -> None:
    """`argv` as Glue gives it, the script's own name first; `--SHARDLINE_JOB` says which job."""
    keys = ours_among(argv[1:])
    arguments = getResolvedOptions(list(argv), ["JOB_NAME", "SHARDLINE_JOB", *keys])
    name = arguments["SHARDLINE_JOB"]
    known = [each.name for each in pkgutil.iter_modules(shardline_jobs.jobs.__path__)]
    if name not in known:
        raise JobFailed(f"--SHARDLINE_JOB is {name!r}; expected one of {', '.join(known)}")
    glue = GlueContext(SparkContext.getOrCreate())
    job = Job(glue)
    job.init(arguments["JOB_NAME"], arguments)
    given = [word for key in keys for word in (f"--{key}", arguments[key])]
    code = import_module(f"shardline_jobs.jobs.{name}").main(given, glue.spark_session)
    if code != 0:
        raise JobFailed(
            f"{name} ended with exit code {code}: {_SAID.get(code, 'unknown')}; the run's error log says which"
        )
    job.commit()


if __name__ == "__main__":
    main(sys.argv)
