"""`trending` through kill -9: what stands in every sink at last is what a run without a crash leaves."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

from .conftest import Run, Submitted
from .event_files import canonical, write_lines
from .storms import FILES, Storm, in_turn, survive


def prepare(root: Path, seed: int) -> Mapping[str, object]:
    """Files of events, some of them late, some twice, some no events."""
    random_ = random.Random(seed)
    source = root / "source"
    for file in range(FILES):
        lines: list[object] = ["no json", {"event_id": f"x{file}", "event_type": "play"}]
        for event in range(60):
            at_ms = 1_700_000_100_000 + int((file + random_.random() * 3) * 60_000)
            kind = "skip" if random_.random() < 0.2 else "play"
            artist = f"a{random_.randrange(5)}"
            line = canonical(f"{file}-{event}", at_ms, kind, user_id=f"u{random_.randrange(9)}", artist_id=artist)
            lines += [line] * (2 if random_.random() < 0.1 else 1)
        write_lines(source, f"{file:02}.ndjson", lines)
    in_turn(source)
    return {"WINDOWS": "1m/1m,10m/5m", "FILES_PER_TRIGGER": 1, "TOP": 4}


STORM = Storm(
    job="trending",
    index="music-trending-*,music-top-*",
    columns="length, window_start, dimension, key, label, plays, listeners, skips, counted",
    prepare=prepare,
)


def test_every_sink_equals_that_of_a_run_without_a_crash(
    tmp_path: Path, run_job: Run, submitted: Submitted, opensearch_url: str
):
    survive(STORM, tmp_path, run_job, submitted, opensearch_url)
