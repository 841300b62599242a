"""`sessions` through kill -9: what stands in every sink at last is what a run without a crash leaves."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

from .conftest import Run, Submitted
from .event_files import canonical, write_lines
from .storms import FILES, Storm, in_turn, survive


def prepare(root: Path, seed: int) -> Mapping[str, object]:
    """Files of events of listeners who pause and one who never does; some late, twice or replayed, some no events."""
    random_ = random.Random(seed)
    source = root / "source"
    for file in range(FILES):
        lines: list[object] = ["no json"]
        for event in range(60):
            at_ms = 1_700_000_100_000 + int((file + random_.random() * 1.5) * 600_000)
            user = "steady" if random_.random() < 0.4 else f"u{random_.randrange(9)}"
            name = f"{file}-{event if random_.random() < 0.9 else 0}"
            line = canonical(name, at_ms, user_id=user, country=random_.choice(("DE", "JP", "BR")))
            lines += [line] * (2 if random_.random() < 0.1 else 1)
        write_lines(source, f"{file:02}.ndjson", lines)
    in_turn(source)
    return {"GAP": "2m", "LONGEST_SESSION": "15m", "FILES_PER_TRIGGER": 1}


STORM = Storm(
    job="sessions",
    index="music-flagged-*",
    columns="listener, session_start, last_event, events, plays, listened_s, device_changes, flags, continued, cut",
    prepare=prepare,
)


def test_every_sink_equals_that_of_a_run_without_a_crash(
    tmp_path: Path, run_job: Run, submitted: Submitted, opensearch_url: str
):
    wanted = survive(STORM, tmp_path, run_job, submitted, opensearch_url)
    flagged = wanted["opensearch"]
    assert isinstance(flagged, dict)
    assert any(each["cut"] for each in flagged.values())
