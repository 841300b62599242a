"""The best of each window, dimension by dimension, and how they have moved since the window before.

A stream's windows are ranked from what a micro-batch has changed and from the best that stood before it: counts only
grow, so nobody else can be among the best. That is all there is to remember, and the same batch after the same memory
gives the same ranks.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from .instant import FIRST_MS
from .trending import EVERYTHING


class Chart(NamedTuple):
    """One window in one dimension. Sorted, those of a window stand together, that of everything first."""

    length: str
    start_ms: int
    end_ms: int
    dimension: str

    @property
    def before(self) -> Chart:
        """The same of the window that ends where this one begins."""
        return self._replace(start_ms=2 * self.start_ms - self.end_ms, end_ms=self.start_ms)


class Heard(NamedTuple):
    """One of the best."""

    key: str
    label: str
    plays: int
    listeners: int


class Change(NamedTuple):
    """A row of `trending` that a micro-batch has changed."""

    chart: Chart
    heard: Heard
    counted: int


class Place(NamedTuple):
    """One of the best at its place; `rank_before`: in the chart before, where it was among the best."""

    heard: Heard
    rank: int
    rank_before: int | None


class Told(NamedTuple):
    """A place that is to be told, and whether its window is over. `version` grows with everything that changes it."""

    chart: Chart
    place: Place
    version: int
    final: bool


@dataclass(frozen=True)
class Standing:
    """The best of a chart in their order, and how many events its window counts."""

    best: tuple[Heard, ...]
    total: int


@dataclass
class Memory:
    """The charts whose window, or the one behind it, is not over.

    `latest_ms`: the latest event, epoch milliseconds; `over_ms`: windows that end by then have been told as final.
    """

    charts: dict[Chart, Standing] = field(default_factory=dict)
    latest_ms: int = FIRST_MS
    over_ms: int = FIRST_MS


def _places(standing: Standing | None, before: Standing | None) -> list[Place]:
    ranks = {heard.key: rank for rank, heard in enumerate(before.best, 1)} if before else {}
    best = standing.best if standing else ()
    return [Place(heard, rank, ranks.get(heard.key)) for rank, heard in enumerate(best, 1)]


def _stands(old: Standing | None, changes: Sequence[Change], total: int, most: int) -> Standing:
    """By plays; among equals the one whose key comes first."""
    heard = {each.key: each for each in old.best} if old else {}
    heard |= {change.heard.key: change.heard for change in changes if change.heard.plays > 0}
    return Standing(tuple(heapq.nsmallest(most, heard.values(), key=lambda each: (-each.plays, each.key))), total)


def _together(memory: Memory, changes: Iterable[Change]) -> Iterator[tuple[Chart, list[Change]]]:
    """All charts that are remembered or changed, in their order, each with its changes."""
    changed = ((change.chart, change) for change in changes)
    known = ((chart, None) for chart in sorted(memory.charts))
    merged: Iterable[tuple[Chart, Change | None]] = heapq.merge(known, changed, key=lambda pair: pair[0])
    for chart, pairs in groupby(merged, key=lambda pair: pair[0]):
        yield chart, [change for _, change in pairs if change is not None]


def _near(now: Mapping[Chart, Standing], chart: Chart) -> dict[Chart, Standing]:
    """What charts from this one on may still be compared with."""
    return {
        each: standing
        for each, standing in now.items()
        if each.length == chart.length and each.start_ms >= chart.before.start_ms
    }


def _told(memory: Memory, after: Memory, chart: Chart, stands: Standing, before: Standing | None) -> Iterator[Told]:
    if chart.end_ms <= memory.over_ms:
        return
    final = chart.end_ms <= after.over_ms
    stood = _places(memory.charts.get(chart), memory.charts.get(chart.before))
    version = 2 * (stands.total + (before.total if before else 0)) + final
    for place in _places(stands, before):
        if final or place.rank > len(stood) or stood[place.rank - 1] != place:
            yield Told(chart, place, version, final)


def rank(memory: Memory, changes: Iterable[Change], most: int, late_by_ms: int, after: Memory) -> Iterator[Told]:
    """What is to be told after a micro-batch; when all of it has been taken, `after` is what to remember.

    `changes` must be sorted by their charts and have those of EVERYTHING, labelled by their latest event.
    A window is over when the watermark had passed it before this batch: then all its places are told, as final.
    """
    after.latest_ms, after.over_ms = memory.latest_ms, memory.latest_ms - late_by_ms
    now: dict[Chart, Standing] = {}
    totals: dict[tuple[str, int], int] = {}
    for chart, changed in _together(memory, changes):
        window = (chart.length, chart.start_ms)
        if chart.dimension == EVERYTHING:
            now, totals = _near(now, chart), {window: changed[0].counted}
            after.latest_ms = max(after.latest_ms, int(changed[0].heard.label) + FIRST_MS)
            continue
        old = memory.charts.get(chart)
        total = totals.get(window, old.total if old else 0)
        now[chart] = _stands(old, changed, total, most)
        yield from _told(memory, after, chart, now[chart], now.get(chart.before))
        if 2 * chart.end_ms - chart.start_ms > after.over_ms:
            after.charts[chart] = now[chart]
