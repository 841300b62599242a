"""What a listener does without a long pause: listening time, completion, devices, and what no person would do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from .event_schema import event_schema
from .session_bounds import Bounds, bounded
from .trending import SKIP


@dataclass(frozen=True)
class Limits:
    """Where a person ends and something else begins."""

    #: More plays than this begun within a minute.
    plays_a_minute: int
    #: Two countries nearer to each other in time than this.
    travel_s: float


_STEP = ("id", "at", "is_play", "ends_play", "duration_s", "device", "country")


def steps(events: DataFrame) -> DataFrame:
    """Of each event of somebody who can be told apart what sessions need, as `step`."""
    is_play = F.col("event_type").isin(*sorted(event_schema().plays))
    listener = F.coalesce("user_id", "interaction_session_id")
    # The id first: so they are sorted by it.
    step = F.struct(
        F.col("event_id").alias("id"),
        F.col("at"),
        is_play.alias("is_play"),
        (is_play | (F.col("event_type") == SKIP)).alias("ends_play"),
        F.col("song_duration_seconds").alias("duration_s"),
        F.coalesce("interaction_platform", "user_agent").alias("device"),
        F.col("user_country").alias("country"),
    )
    return events.where(listener.isNotNull()).select("at", listener.alias("listener"), step.alias("step"))


def _seconds(later: Column, earlier: Column) -> Column:
    return (F.unix_millis(later) - F.unix_millis(earlier)) / 1_000


def _heard(step: Column, following: Column) -> Column:
    """How long a play was heard: until the next play or skip, at most its length; whole, if nothing follows."""
    length = F.coalesce(step["duration_s"], F.lit(0.0))
    return F.coalesce(F.least(length, _seconds(following["at"], step["at"])), length)


def _play(step: Column, index: Column) -> Column:
    return F.struct(
        step["at"].alias("at"),
        step["is_play"].alias("is_play"),
        F.coalesce(step["duration_s"], F.lit(0.0)).alias("duration_s"),
        _heard(step, F.get("listening", index + 1)).alias("heard_s"),
    )


def _sum(items: str, field: str) -> Column:
    return F.aggregate(items, F.lit(0.0), lambda total, item: total + item[field])


def _any(items: str, test: Callable[[Column, Column], Column]) -> Column:
    """Whether the test holds for an item at its place; what is not known does not hold."""
    return F.exists(F.transform(items, test), lambda holds: F.coalesce(holds, F.lit(False)))


def _too_fast(limits: Limits) -> Column:
    """Whether more plays than a person begins stand within one minute."""
    beyond = limits.plays_a_minute
    return _any("played", lambda play, index: _seconds(F.get("played", index + beyond)["at"], play["at"]) < 60)


def _too_far(limits: Limits) -> Column:
    """Whether two countries follow each other faster than anybody travels."""

    def travels(step: Column, index: Column) -> Column:
        following = F.get("placed", index + 1)
        return (step["country"] != following["country"]) & (_seconds(following["at"], step["at"]) < limits.travel_s)

    return _any("placed", travels)


def _gathered(stepping: DataFrame, bounds: Bounds) -> DataFrame:
    """Each session's steps in order, an id once (the first of it), and how many there were with the repeated ones.

    A step that is the same in everything came twice; one of an id that was there with another time is a replay.
    """
    gathered = bounded(stepping, bounds).select("*", F.sort_array("of_session").alias("by_id"))
    firsts = F.filter("by_id", lambda step, i: (i == 0) | (F.get("by_id", i - 1)["id"] != step["id"]))
    # In the order of time: fields of structs are compared from the first on.
    timed = F.transform(
        firsts,
        lambda step: F.struct(step["at"].alias("at"), *[step[name].alias(name) for name in _STEP if name != "at"]),
    )
    kept = ("listener", "continued", "cut")
    return gathered.select(*kept, F.size("by_id").alias("came"), F.sort_array(timed).alias("steps"))


def sessions(stepping: DataFrame, bounds: Bounds, limits: Limits) -> DataFrame:
    """A row for each session: it ends with a pause, or at its bound. Final once the watermark has passed its end."""
    # Step by step, so that each list is made once: within a lambda it would be made for each item.
    listening = _gathered(stepping, bounds).select(
        "*",
        F.filter("steps", lambda step: step["ends_play"]).alias("listening"),
        F.filter("steps", lambda step: step["country"].isNotNull()).alias("placed"),
        F.filter("steps", lambda step: step["device"].isNotNull()).alias("used"),
    )
    heard = listening.select("*", F.transform("listening", _play).alias("heard"))
    plays = heard.select("*", F.filter("heard", lambda play: play["is_play"]).alias("played"))
    changes = F.filter("used", lambda step, i: (i > 0) & (F.get("used", i - 1)["device"] != step["device"]))
    flags = F.array(
        F.when(_too_fast(limits), "impossible-rate"),
        F.when(_too_far(limits), "impossible-travel"),
        F.when(F.col("came") > F.size("steps"), "replayed-ids"),
    )
    return plays.select(
        "listener",
        F.element_at("steps", 1)["at"].alias("session_start"),
        F.element_at("steps", -1)["at"].alias("last_event"),
        F.size("steps").alias("events"),
        F.size("played").alias("plays"),
        F.round(_sum("played", "heard_s"), 3).alias("listened_s"),
        F.round(_sum("played", "duration_s"), 3).alias("offered_s"),
        F.size(changes).alias("device_changes"),
        F.array_compact(flags).alias("flags"),
        "continued",
        "cut",
    )
