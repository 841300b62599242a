"""Usage: python -m bench.job_run JOB RESULT [--KEY value …]: a job on two cores, and what Spark said of it."""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession

from .progress import Progress

_CONF = {
    "spark.master": "local[2]",
    "spark.driver.memory": "2g",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def main(job: str, result: Path, argv: list[str]) -> int:
    """The job's exit code; `result` gets seconds and batches."""
    builder = SparkSession.builder.appName("bench")
    for key, value in _CONF.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    progress = Progress()
    spark.streams.addListener(progress)
    entry = importlib.import_module(f"shardline_jobs.jobs.{job}")
    begun = time.monotonic()
    code = int(entry.main(argv, spark))
    job_s = time.monotonic() - begun
    # Progress is told by a thread of its own: stopping Spark waits until all is delivered.
    spark.stop()
    result.write_text(json.dumps({"job_s": job_s, "batches": progress.batches}))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
