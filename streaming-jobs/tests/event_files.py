"""Files of events: the public ones beside the project when they are there, and made ones."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

from .conftest import PROJECT

_SPARKIFY = PROJECT.parent / "shared" / "data" / "sparkify_events"
_START_MS = 1_541_030_400_000
_DAY_MS = 86_400_000


def _made_log(seed: int) -> list[dict[str, object]]:
    """About as many log events as the public set has, over as many days, of as few listeners."""
    random_ = random.Random(seed)
    lines: list[dict[str, object]] = []
    for session in range(330):
        at_ms = _START_MS + random_.randrange(20 * _DAY_MS)
        user = random_.randrange(90)
        for item in range(random_.randrange(1, 30)):
            plays = random_.random() < 0.85
            artist = f"Artist {int(random_.paretovariate(0.7)) % 800}"
            lines.append(
                {
                    "ts": at_ms,
                    "page": "NextSong" if plays else "Home",
                    "userId": str(user),
                    "sessionId": session,
                    "itemInSession": item,
                    "level": "paid" if user % 3 else "free",
                    "artist": artist if plays else None,
                    "song": f"{artist}, no. {random_.randrange(9)}" if plays else None,
                    "length": random_.uniform(90, 400) if plays else None,
                }
            )
            at_ms += random_.randrange(1_000, 400_000) if random_.random() < 0.95 else 2_400_000
    return sorted(lines, key=lambda line: str(line["ts"]))


def canonical(event_id: str, at_ms: object, event_type: object = "play", **more: object) -> dict[str, object]:
    """An event of the flat shape."""
    return {
        "event_id": event_id,
        "event_type": event_type,
        "timestamp": at_ms,
        "user_id": "u1",
        "artist_id": "a1",
        "artist": "Artist",
        "song_id": "s1",
        "song": "Song",
        "duration_ms": 200_000,
        "session_id": "x",
        "country": "DE",
        **more,
    }


def write_lines(folder: Path, name: str, lines: Sequence[object]) -> Path:
    """One file, there at once; bytes and text stand in it as they are, anything else as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.part"
    with part.open("wb") as file:
        for line in lines:
            text = line if isinstance(line, str | bytes) else json.dumps(line)
            file.write((text.encode() if isinstance(text, str) else text) + b"\n")
    return part.rename(folder / name)


def log_events(folder: Path) -> Path:
    """A folder of log events: the 4,965 public ones, or about as many made ones."""
    if _SPARKIFY.exists():
        return _SPARKIFY
    lines = _made_log(7)
    for part in range(5):
        write_lines(folder, f"{part}.json", lines[part::5])
    return folder
