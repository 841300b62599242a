"""Events of some days of listening, the same for the same seed: both shapes, some late, some twice, some broken."""

from __future__ import annotations

import heapq
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

#: A midnight in UTC.
START_MS = 1_760_054_400_000
HOUR_MS = 3_600_000
ARTISTS, SONGS, LISTENERS = 2_000, 20_000, 50_000
#: Less than the default watermark: every event counts, however the files are split into micro-batches.
LATEST_MS = 9 * 60_000
_COUNTRIES = ("DE", "FR", "US", "BR", "IN", "JP", "NG", "SE", "GB", "ES", "IT", "PL", "MX", "KR", "ID", "ZA")


@dataclass(frozen=True)
class Mix:
    """How many of all events are of a kind."""

    logs: float = 0.3
    late: float = 0.02
    twice: float = 0.01
    broken: float = 0.001


def _song(random: Random) -> int:
    """Few are heard often, most hardly ever: close to Zipf's law."""
    return int(SONGS ** random.random()) - 1


def _artist_of(song: int) -> int:
    return song * 7 % ARTISTS


def _canonical(number: int, at_ms: int, random: Random) -> dict[str, object]:
    song, kind = _song(random), random.random()
    at = datetime.fromtimestamp(at_ms / 1_000, UTC)
    return {
        "event_id": f"{number:08x}-{at_ms:x}",
        "event_type": "play" if kind < 0.8 else "skip" if kind < 0.92 else "like",
        "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "user_id": f"u{random.randrange(LISTENERS)}",
        "artist_id": f"a{_artist_of(song)}",
        "artist": f"Artist {_artist_of(song)}",
        "song_id": f"s{song}",
        "song": f"Song {song}",
        "duration_ms": 90_000 + song * 9,
        "session_id": f"x{number % 99_991}",
        "country": random.choice(_COUNTRIES),
    }


def _log(number: int, at_ms: int, random: Random) -> dict[str, object]:
    song, plays = _song(random), random.random() < 0.85
    return {
        "ts": at_ms,
        "page": "NextSong" if plays else "Home",
        "userId": str(random.randrange(LISTENERS)),
        "sessionId": number,
        "itemInSession": number % 50,
        "level": "paid" if song % 3 else "free",
        "artist": f"Artist {_artist_of(song)}" if plays else None,
        "song": f"Song {song}" if plays else None,
        "length": 90 + song * 0.009 if plays else None,
    }


def lines(count: int, hours: int, seed: int = 1, mix: Mix | None = None) -> Iterator[tuple[int, str]]:
    """The hour in which a line arrives, and the line: `count` of them, the same number every hour."""
    random, parts = Random(seed), mix or Mix()
    again: list[tuple[int, int, str]] = []
    for number in range(count):
        arrives_ms = START_MS + number * hours * HOUR_MS // count
        hour = (arrives_ms - START_MS) // HOUR_MS
        if again and again[0][0] <= number:
            yield hour, heapq.heappop(again)[2]
            continue
        chance = random.random()
        if chance < parts.broken:
            yield hour, '{"event_id": "cut off'
            continue
        # Nothing stands before the first midnight: the first hours' windows would be no whole ones.
        late_ms = random.randrange(LATEST_MS) if random.random() < parts.late else 0
        make = _log if random.random() < parts.logs else _canonical
        line = json.dumps(make(number, max(START_MS, arrives_ms - late_ms), random))
        if random.random() < parts.twice:
            # Within some minutes: later, neither the job nor anybody would know its id.
            minutes = count // (hours * 60) + 1
            heapq.heappush(again, (number + random.randrange(1, 3 * minutes + 2), number, line))
        yield hour, line


def write(folder: Path, count: int, hours: int, seed: int = 1, mix: Mix | None = None) -> list[Path]:
    """A file for each hour, dated at its end: Spark reads files by their time, which counts as their lines' arrival."""
    folder.mkdir(parents=True)
    paths = [folder / f"{hour:04d}.ndjson" for hour in range(hours)]
    files = [path.open("w", encoding="utf-8") for path in paths]
    try:
        for hour, line in lines(count, hours, seed, mix):
            files[hour].write(f"{line}\n")
    finally:
        for file in files:
            file.close()
    for hour, path in enumerate(paths):
        os.utime(path, (START_MS / 1_000 + (hour + 1) * 3_600,) * 2)
    return paths


def write_catalogue(folder: Path) -> Path:
    """The songs that the events are of, with their artists."""
    folder.mkdir(parents=True)
    with (folder / "songs.ndjson").open("w", encoding="utf-8") as file:
        for song in range(SONGS):
            entry = {
                "song_id": f"s{song}",
                "song_title": f"Song {song}",
                "artist_id": f"a{_artist_of(song)}",
                "artist_name": f"Artist {_artist_of(song)}",
            }
            file.write(f"{json.dumps(entry)}\n")
    return folder
