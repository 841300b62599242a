"""`sessions` in plain Python: a listener's events in a row, cut where nothing comes for too long, or at last anyway."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from .microbatches import Batches, Event
from .watermarks import Rules, ms_of, turns

GRID_MS = 10_000
WATERMARK_MS = 60_000
GAP_MS = 60_000
#: Cells of 6 minutes, which overlap by 2.
LONGEST_MS = 480_000
OVERLAP_MS = 120_000
STRIDE_MS = 360_000
START_MS = 1_700_000_100_000
PLAYS_A_MINUTE = 4
TRAVEL_S = 20


def made(seed: int) -> list[list[Event]]:
    """Batches of events of few listeners on a coarse grid: pauses of none, of the gap, of a moment more."""
    random_ = random.Random(seed)
    batches: list[list[Event]] = []
    sent: list[Event] = []
    now = 0
    for batch in range(random_.randrange(3, 7)):
        events: list[Event] = []
        for number in range(random_.randrange(30, 90)):
            now += random_.choice((0, 0, 1, 1, 2)) * GRID_MS
            back = random_.choice((0, 0, 0, 0, 1, 3, 9, 13, 14, 15, 18)) * GRID_MS
            event: Event = {
                "event_id": f"{batch}-{number}",
                "at_ms": START_MS + now - back + random_.choice((0, 0, 0, 0, 1)),
                "event_type": random_.choice(("play", "play", "skip", "login")),
                "user_id": random_.choice(("steady", "steady", "steady", "rare", None, f"once {number % 20}")),
                "song_duration_seconds": random_.choice((None, 5.0, 30.0)),
                "interaction_platform": random_.choice(("web", "web", "ios", None)),
                "user_country": random_.choice(("DE", "DE", "DE", "JP", None)),
            }
            if sent and random_.random() < 0.2:
                again = random_.choice(sent)
                event = again if random_.random() < 0.5 else {**again, "at_ms": event["at_ms"]}
            events.append(event)
            sent.append(event)
        batches.append(events)
    return batches


def _order(event: Event) -> tuple:
    """As Spark sorts structs: field by field, what is missing first."""
    kind = event["event_type"]
    rest = (event["song_duration_seconds"], event["interaction_platform"], event["user_country"])
    return (kind == "play", kind != "login", *((value is not None, value or 0) for value in rest))


def _told(events: Sequence[Event], rules: Rules) -> list[Event]:
    """The events that are not the same, an id once, in the order of time."""
    ids: dict[object, Event] = {}
    for event in sorted(events, key=lambda each: (ms_of(each), _order(each)), reverse=rules.last_of_id):
        ids.setdefault(event["event_id"], event)
    return sorted(ids.values(), key=lambda each: (ms_of(each), each["event_id"], _order(each)))


def _listened(steps: Sequence[Event]) -> Iterator[float]:
    listening = [step for step in steps if step["event_type"] != "login"]
    for step, following in zip_longest(listening, listening[1:]):
        duration = step["song_duration_seconds"]
        if step["event_type"] == "play":
            length = duration if isinstance(duration, float) else 0.0
            yield length if following is None else min(length, (ms_of(following) - ms_of(step)) / 1_000)


def _flags(steps: Sequence[Event], came: int) -> Iterator[str]:
    plays = [ms_of(step) for step in steps if step["event_type"] == "play"]
    if any(later - first < 60_000 for first, later in zip(plays, plays[PLAYS_A_MINUTE:], strict=False)):
        yield "impossible-rate"
    placed = [step for step in steps if step["user_country"]]
    for step, following in pairwise(placed):
        near = ms_of(following) - ms_of(step) < TRAVEL_S * 1_000
        if near and step["user_country"] != following["user_country"]:
            yield "impossible-travel"
            break
    if came > len(steps):
        yield "replayed-ids"


def _row(listener: object, events: Sequence[Event], *, continued: bool, cut: bool, rules: Rules) -> tuple:
    steps = _told(events, rules)
    devices = [step["interaction_platform"] for step in steps if step["interaction_platform"]]
    came = len({tuple(sorted(event.items(), key=str)) for event in events})
    return (
        listener,
        ms_of(steps[0]),
        ms_of(steps[-1]),
        len(steps),
        sum(step["event_type"] == "play" for step in steps),
        round(sum(_listened(steps)), 3),
        sum(a != b for a, b in pairwise(devices)),
        tuple(_flags(steps, came)),
        continued,
        cut,
    )


@dataclass
class _Open:
    """What a listener has done without a pause; up to `given_to` it has been given."""

    events: list[Event]
    given_to: int | None = None


def _joined(parts: Sequence[_Open], rules: Rules) -> list[_Open]:
    """In the order of time, put together where there is no pause between them."""
    joined: list[_Open] = []
    for part in sorted(parts, key=lambda each: min(map(ms_of, each.events))):
        before = max(map(ms_of, joined[-1].events)) if joined else 0
        pause = min(map(ms_of, part.events)) - before
        if joined and (pause < GAP_MS if rules.gap_ends else pause <= GAP_MS):
            joined[-1].events += part.events
            joined[-1].given_to = joined[-1].given_to or part.given_to
        else:
            joined.append(_Open(list(part.events), part.given_to))
    return joined


def _final(listener: object, part: _Open, gone: int, rules: Rules) -> Iterator[tuple]:
    """What of it is over: a piece when nothing can come any more that it hangs together with."""
    first, last = min(map(ms_of, part.events)), max(map(ms_of, part.events))
    begins = part.given_to or first
    while begins <= last:
        ends = (first // STRIDE_MS + 1) * STRIDE_MS + OVERLAP_MS if rules.cuts else last + 1
        while ends <= begins:
            ends += STRIDE_MS
        seen = max(ms_of(event) for event in part.events if ms_of(event) < ends + GAP_MS)
        if not rules.past(seen + GAP_MS, gone):
            return
        piece = [event for event in part.events if begins <= ms_of(event) < ends]
        yield _row(listener, piece, continued=part.given_to is not None, cut=last >= ends, rules=rules)
        part.given_to = begins = ends


def reference(batches: Batches, rules: Rules) -> list[list[tuple]]:
    """The sessions that become final in each micro-batch."""
    state: dict[object, list[_Open]] = {}
    given = []
    for turn in turns(batches, WATERMARK_MS, rules):
        for event in turn.events:
            if event["user_id"] and not rules.past(ms_of(event) + GAP_MS, turn.late):
                state.setdefault(event["user_id"], []).append(_Open([event]))
        rows: list[tuple] = []
        for listener, parts in state.items():
            joined = _joined(parts, rules)
            rows += [row for part in joined for row in _final(listener, part, turn.gone, rules)]
            over = [part for part in joined if rules.past(max(map(ms_of, part.events)) + GAP_MS, turn.gone)]
            state[listener] = [part for part in joined if part not in over]
        given.append(sorted(rows))
    return given
