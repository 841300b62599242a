"""`trending` in plain Python: window by window, event by event."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .microbatches import Batches, Event
from .watermarks import Rules, Turn, ms_of, turns

GRID_MS = 20_000
WATERMARK_MS = 120_000
#: Length and slide.
WINDOWS = {"1m": (60_000, 60_000), "3m": (180_000, 60_000)}
START_MS = 1_700_000_100_000

#: Length, start, dimension, key.
Key = tuple[str, int, str, str]


def made(seed: int) -> list[list[Event]]:
    """Batches, some empty, of events on a coarse grid: at edges of windows and watermark, late, twice, replayed."""
    random_ = random.Random(seed)
    batches: list[list[Event]] = []
    now = 0
    sent: list[Event] = []
    for batch in range(random_.randrange(4, 8)):
        events: list[Event] = []
        for number in range(random_.randrange(0, 25) if batch else 12):
            now += random_.choice((0, 0, 1, 2)) * GRID_MS
            back = random_.choice((0, 0, 0, 1, 3, 6, 7, 12)) * GRID_MS
            off = random_.choice((0, 0, 0, 1, -1))
            artist = random_.choice(("a1", "a2", "a3", None))
            event: Event = {
                "event_id": f"{batch}-{number}",
                "at_ms": START_MS + now - back + off,
                "event_type": random_.choice(("play", "song_play", "skip", "login")),
                "user_id": random_.choice(("u1", "u2", "u3", None)),
                "interaction_session_id": random_.choice(("s1", None)),
                "artist_id": artist,
                "artist_name": random_.choice((artist, "Name", None)),
                "song_title": random_.choice(("t1", "t2", None)),
                "user_country": random_.choice(("DE", "JP", None)),
            }
            if sent and random_.random() < 0.35:
                again = random_.choice(sent)
                event = again if random_.random() < 0.5 else {**event, "event_id": again["event_id"]}
            events.append(event)
            sent.append(event)
        batches.append(events)
    return batches


@dataclass
class Count:
    plays: int = 0
    skips: int = 0
    listeners: set[object] = field(default_factory=set)


@dataclass
class State:
    #: When each id is forgotten.
    ids: dict[object, int] = field(default_factory=dict)
    counts: dict[Key, Count] = field(default_factory=dict)
    #: How many events each window counts, of whatever dimension, by length and start.
    totals: dict[tuple[str, int], int] = field(default_factory=dict)
    #: Of the events that were taken.
    latest: int = 0


def _entities(event: Event) -> Iterator[tuple[str, str]]:
    artist, title, country = event["artist_name"], event["song_title"], event["user_country"]
    who = event["artist_id"] or artist
    if who:
        yield "artist", str(who)
    if title:
        yield "song", f"{artist} / {title}" if artist else str(title)
    if country:
        yield "country", str(country)


def _windows(at_ms: int) -> Iterator[tuple[str, int, int]]:
    for name, (length, slide) in WINDOWS.items():
        for start in range(at_ms // slide * slide - length + slide, at_ms + 1, slide):
            yield name, start, start + length


def _taken(event: Event, turn: Turn, state: State, rules: Rules) -> bool:
    if event["event_type"] == "login" or rules.past(ms_of(event), turn.late):
        return False
    if rules.remembers and event["event_id"] in state.ids:
        return False
    state.latest = max(state.latest, ms_of(event))
    state.ids[event["event_id"]] = ms_of(event) + WATERMARK_MS + rules.delay_off_ms
    return True


def _counted(event: Event, state: State) -> Iterator[Key]:
    for name, start, _ in _windows(ms_of(event)):
        state.totals[name, start] = state.totals.get((name, start), 0) + 1
        for dimension, key in _entities(event):
            count = state.counts.setdefault((name, start, dimension, key), Count())
            if event["event_type"] == "skip":
                count.skips += 1
            else:
                count.plays += 1
                count.listeners |= {event["user_id"] or event["interaction_session_id"]} - {None}
            yield name, start, dimension, key


def _row(key: Key, count: Count) -> tuple:
    return (*key, count.plays, len(count.listeners), count.skips, count.plays + count.skips)


def reference(batches: Batches, mode: str, rules: Rules) -> list[list[tuple]]:
    """The rows of each micro-batch: those that have changed (`update`), or those that are final (`append`)."""
    given = []
    for turn, state, changed in played(batches, rules):
        over = {key for key in state.counts if rules.past(key[1] + WINDOWS[key[0]][0], turn.gone)}
        rows = changed if mode == "update" else over
        given.append(sorted(_row(key, state.counts[key]) for key in rows))
    return given


def played(batches: Batches, rules: Rules) -> Iterator[tuple[Turn, State, set[Key]]]:
    """Each micro-batch, with what is remembered when it has been counted, and what it has changed."""
    state = State()
    # Only plays and skips move the watermark: it is taken behind the filter.
    heard = [[event for event in batch if event["event_type"] != "login"] for batch in batches]
    for turn in turns(heard, WATERMARK_MS, rules):
        changed = {key for event in turn.events if _taken(event, turn, state, rules) for key in _counted(event, state)}
        yield turn, state, changed
        for key in list(state.counts):
            if rules.past(key[1] + WINDOWS[key[0]][0], turn.gone):
                del state.counts[key]
        if rules.forgets:
            state.ids = {key: end for key, end in state.ids.items() if not rules.past(end, turn.gone)}


def total(given: Sequence[Sequence[tuple]]) -> int:
    return sum(len(rows) for rows in given)
