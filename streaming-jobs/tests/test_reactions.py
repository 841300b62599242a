"""The stream-stream join of `enrich_plays`, against one that looks at every pair: late, repeated, unordered events."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from shardline_jobs.lib.reactions import TOLD, reactions
from shardline_jobs.lib.row_time import epoch_ms

from .event_files import write_lines
from .storms import SEED, in_turn

STEP_MS = 30_000
DELAY = WITHIN = 20
FILES = 5
FIRST_MS = 1_700_000_100_000
SCHEMA = f"event_id string, step long, kind string, song string, {', '.join(f'{name} string' for name in TOLD)}"
KINDS = ("play", "play", "skip", "like")


@dataclass(frozen=True)
class Came:
    """What happened at a step of half a minute, so that many things happen at once, or just within ten minutes."""

    event_id: str
    step: int
    kind: str
    listener: str | None
    song: str | None


def random_files(seed: int) -> list[list[Came]]:
    """Files of events a few minutes after each other; the last one lets everything before it come out."""
    random_ = random.Random(seed)
    files: list[list[Came]] = []
    for file in range(FILES):
        events = [
            Came(
                event_id=f"e{random_.randrange(10**6):06}",
                step=file * 14 + random_.randrange(24) - (random_.random() < 0.2) * random_.randrange(60),
                kind=random_.choice(KINDS),
                listener=random_.choice([None, *[f"u{n}" for n in range(8)]]),
                song=random_.choice([None, "s1", "s2"]),
            )
            for _ in range(160)
        ]
        before = [each for earlier in files[-2:] for each in earlier]
        events += random_.sample(events + before, 20)
        random_.shuffle(events)
        files.append(events)
    return [*files, [Came("end", 10_000, "play", "end", "end")]]


def taken(files: list[list[Came]]) -> tuple[list[list[Came]], set[Came]]:
    """The files without what Spark may take or leave, and what it must take.

    What is later than the watermark of the batch before is left out, what is not later than its own is taken; between
    the two Spark promises nothing (Structured Streaming Programming Guide, semantic guarantees of watermarking).
    """
    limits = [-(10**6), -(10**6)]
    written: list[list[Came]] = []
    must: set[Came] = set()
    for events in files:
        sure = {each for each in events if each.step > limits[-1]}
        written.append([each for each in events if each in sure or each.step < limits[-2]])
        must |= sure
        plays = [each.step for each in written[-1] if each.kind == "play"]
        limits.append(max([limits[-1], *[step - DELAY for step in plays]]))
    return written, must


def brute_force(events: set[Came]) -> list[tuple]:
    """Each event beside every other one."""
    rows: list[tuple] = []
    for one in events:
        beside = [each for each in events if None not in (one.listener, one.song)]
        beside = [each for each in beside if (each.listener, each.song) == (one.listener, one.song)]
        if one.kind != "play":
            if not any(each.kind == "play" and 0 <= one.step - each.step <= WITHIN for each in beside):
                rows.append((one.event_id, one.kind, one.step, None, None))
            continue
        after = [each for each in beside if 0 <= each.step - one.step <= WITHIN]
        plays = [each for each in after if each.kind == "play"]
        nexts = [each.step for each in plays if (each.step, each.event_id) > (one.step, one.event_id)]
        until = min(nexts, default=10**9)
        firsts = [
            min((each.step for each in after if each.kind == kind and each.step < until), default=None)
            for kind in ("skip", "like")
        ]
        rows.append((one.event_id, "play", one.step, *firsts))
    return sorted(rows, key=repr)


def joined(spark: SparkSession, root: Path, files: list[list[Came]]) -> list[tuple]:
    for number, events in enumerate(files):
        write_lines(root / "source", f"{number}.json", [each.__dict__ for each in events])
    in_turn(root / "source")
    stream = spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 1).json(str(root / "source"))
    at = F.timestamp_millis(F.lit(FIRST_MS) + F.col("step") * STEP_MS)
    rows: list[tuple] = []

    def step(value: object) -> int | None:
        return None if value is None else (epoch_ms(value) - FIRST_MS) // STEP_MS  # type: ignore[arg-type]

    def keep(batch: DataFrame, _batch_id: int) -> None:
        rows.extend(
            (row.event_id, row.kind, step(row.at), step(row.skipped_at), step(row.liked_at)) for row in batch.collect()
        )

    writer = reactions(stream.withColumn("at", at).drop("step"), "600 seconds", "600.000 seconds").writeStream
    query = (
        writer.outputMode("append")
        .foreachBatch(keep)
        .option("checkpointLocation", str(root / "checkpoint"))
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination()
    return sorted(rows, key=repr)


@pytest.mark.parametrize("seed", [SEED, SEED + 1])
def test_the_join_of_streams_is_that_of_every_pair(spark: SparkSession, tmp_path: Path, seed: int):
    written, must = taken(random_files(seed))
    assert len({each for events in written for each in events} - must) > 5, "none is late"
    wanted = [row for row in brute_force(must) if row[0] != "end"]
    assert sum(row[3] is not None for row in wanted) > 20, json.dumps(wanted)
    assert sum(row[1] != "play" for row in wanted) > 20
    assert joined(spark, tmp_path, written) == wanted
