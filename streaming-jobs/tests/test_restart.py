"""kill -9 of a driver at random moments: what stands in every sink at last is what a run without a crash leaves."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from .conftest import Run, Submitted
from .event_files import canonical, write_lines
from .places import Places
from .search import documents, drop

INDEX = "music-trending-*"
KILLS = int(os.environ.get("SHARDLINE_SPARK_KILLS", "3"))
FILES = 12
WITHIN_S = 600


def write_events(folder: Path, seed: int) -> None:
    """Files of events, some of them late, some twice, some no events."""
    random_ = random.Random(seed)
    for file in range(FILES):
        lines: list[object] = ["no json", {"event_id": f"x{file}", "event_type": "play"}]
        for event in range(60):
            at_ms = 1_700_000_100_000 + int((file + random_.random() * 3) * 60_000)
            kind = "skip" if random_.random() < 0.2 else "play"
            artist = f"a{random_.randrange(5)}"
            line = canonical(f"{file}-{event}", at_ms, kind, user_id=f"u{random_.randrange(9)}", artist_id=artist)
            lines += [line] * (2 if random_.random() < 0.1 else 1)
        write_lines(folder, f"{file:02}.ndjson", lines)
        # Spark reads files in the order of their times.
        os.utime(folder / f"{file:02}.ndjson", (1_790_000_000 + file, 1_790_000_000 + file))


def progressed(places: Places) -> int:
    """How many micro-batches have begun, over all queries."""
    return sum(1 for _ in (places.root / "checkpoint").glob("*/offsets/[0-9]*"))


def kill_within(process: subprocess.Popen, places: Places, random_: random.Random) -> bool:
    """Kills it a moment after it has begun another micro-batch; False where it has come to its end before."""
    begun = progressed(places) + 1 + random_.randrange(3)
    deadline = time.monotonic() + WITHIN_S
    while progressed(places) < begun:
        if process.poll() is not None:
            return False
        assert time.monotonic() < deadline, "no progress"
        time.sleep(0.02)
    time.sleep(random_.random())
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return True


def state(places: Places) -> dict[str, object]:
    """What stands in the sinks. Letters are at least once: each is counted by its id."""
    return {
        "parquet": sorted(
            places.parquet("length, window_start, dimension, key, label, plays, listeners, skips, counted")
        ),
        "opensearch": documents(places.opensearch, INDEX),
        "letters": sorted({letter["letter_id"] for letter in places.letters()}),
    }


@pytest.mark.parametrize("seed", [int(os.environ.get("SHARDLINE_SPARK_SEED", "1"))])
def test_every_sink_equals_that_of_a_run_without_a_crash(
    tmp_path: Path, run_job: Run, submitted: Submitted, opensearch_url: str, seed: int
):
    source = tmp_path / "source"
    write_events(source, seed)
    parameters: dict[str, object] = {"WINDOWS": "1m/1m,10m/5m", "FILES_PER_TRIGGER": 1}

    drop(opensearch_url, INDEX)
    smooth = Places(tmp_path / "smooth", source, opensearch_url)
    ended = run_job("trending", **smooth.parameters(**parameters))
    assert ended.code == 0, ended.stderr
    wanted = state(smooth)
    assert len(json.dumps(wanted, default=str)) > 10_000

    drop(opensearch_url, INDEX)
    random_ = random.Random(seed)
    stormy = Places(tmp_path / "stormy", source, opensearch_url)
    kills = 0
    for _ in range(KILLS):
        kills += kill_within(submitted("trending", **stormy.parameters(**parameters)), stormy, random_)
    last = submitted("trending", **stormy.parameters(**parameters))
    assert last.wait(WITHIN_S) == 0
    assert kills > 0
    assert state(stormy) == wanted
    drop(opensearch_url, INDEX)
