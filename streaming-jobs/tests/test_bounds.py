"""What must stay small however long a job runs: its state, and the number of files it writes."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession

from bench.checks import most_files, written, wrong_sums
from bench.made_events import write
from bench.progress import Progress, growth, state_rows
from shardline_jobs.lib.trending import sliding_windows

from .conftest import Run
from .places import Places

WINDOWS = "1m/1m,1h/30m"
#: The first fill the windows of an hour.
HOURS = 6
EVENTS = 9_000


def test_state_and_files_stay_few_from_hour_to_hour(tmp_path: Path, run_job: Run, spark: SparkSession):
    source = tmp_path / "source"
    write(source, EVENTS, HOURS)
    places = Places(tmp_path, source, "")
    parameters = places.parameters(WINDOWS=WINDOWS, FILES_PER_TRIGGER=1)
    parameters.pop("OPENSEARCH_NODE")
    progress = Progress()
    spark.streams.addListener(progress)
    try:
        ended = run_job("trending", **parameters)
        assert ended.code == 0, ended.stderr
        assert progress.all_told(queries=2)
    finally:
        spark.streams.removeListener(progress)

    rows = state_rows(progress.batches, "final")
    assert len(rows) == HOURS
    assert growth(rows[2:]) < 0.1, rows
    output = places.root / "output"
    assert len(written(output)) >= HOURS
    assert most_files(output) == 1
    assert wrong_sums(source, output, sliding_windows(WINDOWS), 600_000) == []
