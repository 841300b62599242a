"""Everything that a job reads, writes and remembers in buckets: S3A, on moto."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from shardline_jobs.lib.letter_files import write_file

from .buckets import keys, new_bucket
from .conftest import Run
from .event_files import canonical, write_lines

COLUMNS = ("length", "window_start", "dimension", "key", "plays", "listeners", "skips", "counted")
FIRST_MS = 1_700_000_100_000


@pytest.fixture
def bucket() -> str:
    return new_bucket("jobs")


def lines_of(file: int) -> list[object]:
    """Events of some minutes, of which the next file has some again."""
    plays = [canonical(f"e{file + at}", FIRST_MS + (file + at) * 60_000, artist_id=f"a{at % 3}") for at in range(30)]
    return [*plays, f"no json {file}"]


def rows(spark: SparkSession, path: object) -> set[tuple]:
    found = spark.read.parquet(str(path)).select(*COLUMNS).collect()
    assert len(found) == len(set(found))
    return set(found)


def test_a_job_in_buckets_leaves_what_it_leaves_in_folders_and_goes_on_where_it_was(
    spark: SparkSession, run_job: Run, bucket: str, tmp_path: Path
):
    there, here = f"s3a://{bucket}", tmp_path
    for number in (0, 20):
        lines = lines_of(number)
        write_lines(here / "events", f"{number}.ndjson", lines)
        text = "".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in lines)
        write_file(spark, f"{there}/events/{number}.ndjson", text.encode())
        for root in (here, there):
            ended = run_job(
                "trending",
                SOURCE_PATH=f"{root}/events",
                CHECKPOINT_PATH=f"{root}/checkpoint",
                DEAD_LETTER_PATH=f"{root}/dead",
                OUTPUT_PATH=f"{root}/output",
                EVENT_WINDOW_PAST="unlimited",
                SHUFFLE_PARTITIONS=2,
                WINDOWS="1m/1m",
            )
            assert ended.code == 0, ended.stderr
    assert rows(spark, f"{there}/output") == rows(spark, here / "output")
    assert len(rows(spark, here / "output")) > 70

    letters = keys(spark, f"{there}/dead")
    shards = sorted(key.split("/")[3] for key in letters)
    assert shards == ["shard=0.ndjson", "shard=20.ndjson"]
    assert all("/reason=decode-json/" in key for key in letters)
    marked = {key.split("/")[0] for key in keys(spark, f"{there}/checkpoint")}
    assert marked == {"final", "letters", "shardline-job.json"}
    assert all("zstd" in key for key in keys(spark, f"{there}/output") if key.endswith(".parquet"))


def test_a_bucket_that_is_not_there_fails_with_its_name(run_job: Run, tmp_path: Path):
    ended = run_job(
        "trending",
        SOURCE_PATH="s3a://no-such-bucket-here/events",
        CHECKPOINT_PATH=tmp_path / "checkpoint",
        DEAD_LETTER_PATH=tmp_path / "dead",
        OUTPUT_PATH=tmp_path / "output",
    )
    assert ended.code == 1
    assert "no-such-bucket-here" in ended.stderr
