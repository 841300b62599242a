"""Sessions that end: with a pause, or, for somebody who makes none, at instants that hang on nothing but the clock.

Spark's session windows know only pauses. So that state has a bound, time is cut into cells that overlap, each of which
sees sessions for itself: one that begins in a cell is counted there, up to the cell's end. The next cell counts on from
that end; from a margin before its own beginning it knows that the session was there already. Cells need to know nothing
of each other, and none of the sessions that are shorter than the overlap is ever cut.

    cell k counts          |---------- stride ----------|- overlap -|
    cell k + 1                                          |---------- stride ----------|- overlap -|
    a long session                      |-------------- cell k ------|--------- cell k + 1 ------|- …
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


@dataclass(frozen=True)
class Bounds:
    """Where sessions end: a pause of more than `gap_ms` ends one, and none lasts longer than `longest_ms`."""

    gap_ms: int
    longest_ms: int

    @property
    def overlap_ms(self) -> int:
        """A session shorter than this is never cut."""
        return self.longest_ms // 4

    @property
    def stride_ms(self) -> int:
        """From one cell's beginning to the next one's."""
        return self.longest_ms - self.overlap_ms


def wrong_bounds(bounds: Bounds) -> list[str]:
    """What is wrong with them together."""
    if bounds.overlap_ms < bounds.gap_ms:
        return ["--LONGEST_SESSION must be at least four times --GAP"]
    return []


def _cells(at_ms: Column, bounds: Bounds) -> Column:
    """The cells that see an instant: with a margin of a gap before each, and behind it.

    The one before tells whether a session goes on. The one behind keeps a session open as long as an event may come
    that joins what is counted here with what follows.
    """
    beyond = bounds.overlap_ms + bounds.gap_ms
    first = F.floor((at_ms - beyond) / bounds.stride_ms)
    return F.sequence(first, F.floor((at_ms + bounds.gap_ms) / bounds.stride_ms))


def bounded(stepping: DataFrame, bounds: Bounds) -> DataFrame:
    """Rows of `listener`, `of_session` (its distinct steps), `continued` (of a cut one), `cut` (goes on in another)."""
    seen = stepping.select("*", F.explode(_cells(F.unix_millis("at"), bounds)).alias("cell"))
    gap = F.session_window("at", f"{bounds.gap_ms} milliseconds")
    # Spark would push a filter on the beginning of its session window down to the events, as if each were a session.
    of_each = (F.collect_set("step").alias("all"), F.min("at").alias("first"))
    together = seen.groupBy(gap.alias("session"), "listener", "cell").agg(*of_each)
    begins = F.col("cell") * bounds.stride_ms
    ends = begins + bounds.longest_ms
    first = F.unix_millis("first")
    continued = first < begins
    counted_from = F.when(continued, begins + bounds.overlap_ms).otherwise(first)
    ranged = together.where(first < begins + bounds.stride_ms).select(
        "listener", "all", continued.alias("continued"), counted_from.alias("from"), ends.alias("to")
    )

    def counts(step: Column) -> Column:
        return (F.unix_millis(step["at"]) >= F.col("from")) & (F.unix_millis(step["at"]) < F.col("to"))

    return ranged.select(
        "listener",
        F.filter("all", counts).alias("of_session"),
        "continued",
        F.exists("all", lambda step: F.unix_millis(step["at"]) >= F.col("to")).alias("cut"),
    ).where(F.size("of_session") > 0)
