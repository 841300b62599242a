"""Spark's rules for what is late, in plain Python.

They stand in `WatermarkPropagator.scala` and `statefulOperators.scala` of Spark 3.5: a batch drops what the watermark
of the batch before had passed, and lets go of what its own has passed; its own follows the latest event before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .microbatches import Batches, Event


@dataclass(frozen=True)
class Rules:
    """The right ones; another is a mistake that a test must be able to see."""

    #: A batch drops by its own watermark instead of by that of the batch before.
    late_by_own: bool = False
    #: What the watermark stands at exactly is late, and is let go.
    at_is_past: bool = True
    #: Ids are remembered.
    remembers: bool = True
    #: Ids are forgotten again.
    forgets: bool = True
    #: How far off the watermark's delay is.
    delay_off_ms: int = 0
    #: A pause of exactly the gap ends a session.
    gap_ends: bool = False
    #: Sessions that do not pause are cut.
    cuts: bool = True
    #: Of the steps with one id the last one counts.
    last_of_id: bool = False

    def past(self, ms: int, watermark: int) -> bool:
        """Whether the watermark has passed it."""
        return ms <= watermark if self.at_is_past else ms < watermark


#: Each is a rule that one could take for Spark's, or a thing that one could forget.
OF_WATERMARKS = (
    replace(Rules(), late_by_own=True),
    replace(Rules(), at_is_past=False),
    replace(Rules(), delay_off_ms=20_000),
    replace(Rules(), delay_off_ms=-20_000),
)


def ms_of(event: Event) -> int:
    at = event["at_ms"]
    assert isinstance(at, int)
    return at


@dataclass(frozen=True)
class Turn:
    """A micro-batch, with the watermarks by which it drops and by which it lets go."""

    events: Sequence[Event]
    late: int
    gone: int


def turns(batches: Batches, delay_ms: int, rules: Rules) -> Iterator[Turn]:
    """Every batch, and one without events where the watermark has moved after the last."""
    delay = delay_ms + rules.delay_off_ms
    before = watermark = 0
    for events in batches:
        yield Turn(events, watermark if rules.late_by_own else before, watermark)
        before, watermark = watermark, max([watermark, *(ms_of(event) - delay for event in events)])
    if watermark > before:
        yield Turn((), watermark if rules.late_by_own else before, watermark)
