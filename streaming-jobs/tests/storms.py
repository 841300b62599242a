"""kill -9 of a job's driver at random moments, and what must stand in every sink at last."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .conftest import Run, Submitted
from .places import Places
from .search import documents, drop

KILLS = int(os.environ.get("SHARDLINE_SPARK_KILLS", "3"))
SEED = int(os.environ.get("SHARDLINE_SPARK_SEED", "1"))
#: How many a storm is made for, each a micro-batch of every query: enough to be killed in, and to go on with after.
FILES = 2 * KILLS
WITHIN_S = 600


@dataclass(frozen=True)
class Storm:
    """One job in a storm, and what to look at when it is over."""

    job: str
    #: Its indices in OpenSearch.
    index: str
    #: The columns of its Parquet.
    columns: str
    #: Writes its input below `root`, the events into `root/source`, and says what parameters it takes beside `Places`'.
    prepare: Callable[[Path, int], Mapping[str, object]]


def in_turn(folder: Path) -> None:
    """Spark reads files in the order of their times: these, in the order of their names."""
    for at, file in enumerate(sorted(folder.iterdir())):
        os.utime(file, (1_790_000_000 + at, 1_790_000_000 + at))


def _progressed(places: Places) -> int:
    """How many micro-batches have begun, over all queries."""
    return sum(1 for _ in (places.root / "checkpoint").glob("*/offsets/[0-9]*"))


def _kill_within(process: subprocess.Popen, places: Places, random_: random.Random) -> bool:
    """Kills it a moment after it has begun another micro-batch; False where it has come to its end before."""
    begun = _progressed(places) + 1 + random_.randrange(3)
    deadline = time.monotonic() + WITHIN_S
    while _progressed(places) < begun:
        if process.poll() is not None:
            return False
        assert time.monotonic() < deadline, "no progress"
        time.sleep(0.02)
    time.sleep(random_.random())
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return True


def _state(storm: Storm, places: Places) -> dict[str, object]:
    """What stands in the sinks. Letters are at least once: each is counted by its id."""
    return {
        "parquet": sorted(places.parquet(storm.columns), key=repr),
        "opensearch": documents(places.opensearch, storm.index),
        "letters": sorted({letter["letter_id"] for letter in places.letters()}),
    }


def survive(
    storm: Storm, root: Path, run_job: Run, submitted: Submitted, opensearch_url: str, seed: int = SEED
) -> dict[str, object]:
    """Runs the job without a crash, then through KILLS of them: both leave the same, which is given back."""
    more = storm.prepare(root, seed)
    source = root / "source"
    drop(opensearch_url, storm.index)
    smooth = Places(root / "smooth", source, opensearch_url)
    ended = run_job(storm.job, **smooth.parameters(**more))
    assert ended.code == 0, ended.stderr
    wanted = _state(storm, smooth)
    assert len(json.dumps(wanted, default=str)) > 10_000

    drop(opensearch_url, storm.index)
    random_ = random.Random(seed)
    stormy = Places(root / "stormy", source, opensearch_url)
    kills = 0
    for _ in range(KILLS):
        kills += _kill_within(submitted(storm.job, **stormy.parameters(**more)), stormy, random_)
    last = submitted(storm.job, **stormy.parameters(**more))
    assert last.wait(WITHIN_S) == 0
    assert kills > 0
    assert _state(storm, stormy) == wanted
    drop(opensearch_url, storm.index)
    return wanted
