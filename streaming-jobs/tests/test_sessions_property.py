"""Sessions of random streams, cut at random, against plain Python: late, twice, replayed, and without any pause.

A failing case is named by its seed; SHARDLINE_SPARK_SEED begins with another one, SHARDLINE_SPARK_CASES runs more.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from shardline_jobs.lib.session_bounds import Bounds
from shardline_jobs.lib.sessions import Limits, sessions, steps

from .microbatches import rows_by_batch
from .seeds import CASES, MANY
from .sessions_reference import GAP_MS, LONGEST_MS, PLAYS_A_MINUTE, TRAVEL_S, WATERMARK_MS, made, reference
from .watermarks import OF_WATERMARKS, Rules

_MISTAKES = (
    *OF_WATERMARKS,
    replace(Rules(), gap_ends=True),
    replace(Rules(), cuts=False),
    replace(Rules(), last_of_id=True),
)


def found(events: DataFrame) -> DataFrame:
    stepping = steps(events.withWatermark("at", f"{WATERMARK_MS} milliseconds"))
    rows = sessions(stepping, Bounds(GAP_MS, LONGEST_MS), Limits(PLAYS_A_MINUTE, TRAVEL_S))
    ms = [F.unix_millis(name).alias(name) for name in ("session_start", "last_event")]
    return rows.select("listener", *ms, "events", "plays", "listened_s", "device_changes", "flags", "continued", "cut")


@pytest.mark.parametrize("seed", CASES)
def test_every_batch_gives_what_plain_python_gives(spark: SparkSession, tmp_path: Path, seed: int):
    batches = made(seed)
    rows = rows_by_batch(spark, tmp_path, batches, "append", found)
    plain = [sorted((*row[:7], tuple(row["flags"]), *row[8:]) for row in batch) for batch in rows]
    assert plain == reference(batches, Rules())


@pytest.mark.parametrize("mistake", _MISTAKES, ids=repr)
def test_the_streams_tell_every_mistake_from_the_truth(mistake: Rules):
    """Were Spark's rules others, or ours, the test above would see it, in most of the streams that it may get."""
    told = [seed for seed in MANY if reference(made(seed), mistake) != reference(made(seed), Rules())]
    assert len(told) > len(MANY) / 2


def test_nobody_has_a_session_that_never_ends():
    rows = [row for seed in MANY for batch in reference(made(seed), Rules()) for row in batch]
    assert all(last - start < LONGEST_MS for _, start, last, *_ in rows)
    flags = {flag for row in rows for flag in row[7]}
    assert flags == {"impossible-rate", "impossible-travel", "replayed-ids"}
    for continued, cut in ((False, False), (False, True), (True, True), (True, False)):
        assert sum(row[8:] == (continued, cut) for row in rows) > 10
