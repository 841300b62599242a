"""Sliding windows of random streams, cut at random, against plain Python: late, twice, out of order, batch by batch.

A failing case is named by its seed; SHARDLINE_SPARK_SEED begins with another one, SHARDLINE_SPARK_CASES runs more.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from shardline_jobs.lib.events import once
from shardline_jobs.lib.trending import SlidingWindow, heard, trending

from .microbatches import rows_by_batch
from .seeds import CASES, MANY
from .trending_reference import WATERMARK_MS, WINDOWS, made, reference, total
from .watermarks import OF_WATERMARKS, Rules

_MISTAKES = (*OF_WATERMARKS, replace(Rules(), remembers=False), replace(Rules(), forgets=False))


def counted(events: DataFrame) -> DataFrame:
    windows = tuple(SlidingWindow(name, length // 1_000, slide // 1_000) for name, (length, slide) in WINDOWS.items())
    return trending(once(heard(events), f"{WATERMARK_MS} milliseconds"), windows).selectExpr(
        "length", "unix_millis(window_start)", "dimension", "key", "plays", "listeners", "skips", "counted"
    )


@pytest.mark.parametrize("mode", ["update", "append"])
@pytest.mark.parametrize("seed", CASES)
def test_every_batch_gives_what_plain_python_gives(spark: SparkSession, tmp_path: Path, seed: int, mode: str):
    batches = made(seed)
    found = rows_by_batch(spark, tmp_path, batches, mode, counted)
    assert [sorted(tuple(row) for row in rows) for rows in found] == reference(batches, mode, Rules())


@pytest.mark.parametrize("mistake", _MISTAKES, ids=repr)
def test_the_streams_tell_every_mistake_from_the_truth(mistake: Rules):
    """Were Spark's rules others, or ours, the test above would see it, in most of the streams that it may get."""
    told = [
        seed
        for seed in MANY
        if any(reference(made(seed), m, mistake) != reference(made(seed), m, Rules()) for m in ("update", "append"))
    ]
    assert len(told) > len(MANY) / 2


def test_the_streams_are_worth_comparing():
    assert all(total(reference(made(seed), "update", Rules())) > 20 for seed in MANY)
    assert sum(total(reference(made(seed), "append", Rules())) > 20 for seed in MANY) > len(MANY) / 2
