"""Plays, unique listeners and skip rate per artist, song and country in sliding windows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from .event_schema import event_schema
from .instant import FIRST_MS
from .parameters import duration

#: The sketch that counts listeners has 2^12 buckets: a relative standard error of at most 1.04 / sqrt(2^12).
LISTENERS_LOG_K = 12
LISTENERS_ERROR = 1.04 / 2 ** (LISTENERS_LOG_K / 2)
_MOST_SLIDES = 100
SKIP = "skip"
#: The dimension of what counts a window as a whole.
EVERYTHING = "all"


@dataclass(frozen=True)
class SlidingWindow:
    """A window of `length_s` seconds begins every `slide_s` seconds, counted from the epoch in UTC."""

    name: str
    length_s: int
    slide_s: int


def sliding_windows(text: str) -> tuple[SlidingWindow, ...]:
    """`1m/1m,1h/15m`: length and slide of each. ValueError says what was expected."""
    expected = "LENGTH/SLIDE, such as 1m/1m,1h/15m: whole seconds, a length of 1 to 100 slides, no length twice"
    windows = []
    for part in text.split(","):
        match = re.fullmatch(r"([^/]+)/([^/]+)", part)
        if match is None:
            raise ValueError(expected)
        try:
            length, slide = (duration(each).total_seconds() for each in match.groups())
        except ValueError:
            raise ValueError(expected) from None
        if length % 1 or slide % 1 or length % slide or length / slide > _MOST_SLIDES:
            raise ValueError(expected)
        windows.append(SlidingWindow(match[1], int(length), int(slide)))
    if len({each.name for each in windows}) != len(windows):
        raise ValueError(expected)
    return tuple(windows)


def _windows_of(at: Column, window: SlidingWindow) -> Column:
    """All windows of one length that hold the instant, as structs of name, start and end."""
    last = F.floor(F.unix_seconds(at) / window.slide_s) * window.slide_s
    starts = F.sequence(last - window.length_s + window.slide_s, last, F.lit(window.slide_s))
    return F.transform(
        starts,
        lambda start: F.struct(
            F.lit(window.name).alias("name"),
            F.timestamp_seconds(start).alias("start"),
            F.timestamp_seconds(start + window.length_s).alias("end"),
        ),
    )


def _entity(dimension: str, key: Column, label: Column) -> Column:
    return F.struct(F.lit(dimension).alias("dimension"), key.alias("key"), label.alias("label"))


def _everything() -> Column:
    """For `totals`: their label is the time of their latest event, in digits that sort."""
    label = F.lpad((F.unix_millis("at") - FIRST_MS).cast("string"), 15, "0")
    return _entity(EVERYTHING, F.lit(""), label)


def _entities(*more: Column) -> Column:
    """What an event counts for. An artist or song without an id goes by name; without either it counts for none."""
    artist = F.coalesce("artist_id", "artist_name")
    song = F.coalesce("song_id", F.concat("artist_name", F.lit(" / "), F.col("song_title")), "song_title")
    return F.filter(
        F.array(
            _entity("artist", artist, F.coalesce("artist_name", "artist_id")),
            _entity("song", song, F.coalesce("song_title", "song_id")),
            _entity("country", F.col("user_country"), F.col("user_country")),
            *more,
        ),
        lambda entity: entity["key"].isNotNull(),
    )


def heard(events: DataFrame) -> DataFrame:
    """The events that trending counts, plays and skips, with who caused them."""
    is_play = F.col("event_type").isin(*sorted(event_schema().plays))
    return events.where(is_play | (F.col("event_type") == SKIP)).select(
        "event_id",
        "at",
        is_play.alias("is_play"),
        F.coalesce("user_id", "interaction_session_id").alias("listener"),
        "artist_id",
        "artist_name",
        "song_id",
        "song_title",
        "user_country",
    )


def trending(heard_once: DataFrame, windows: tuple[SlidingWindow, ...], *, totals: bool = False) -> DataFrame:
    """A row for each window, dimension and key: plays, listeners, skips, skip_rate; and `counted`, which only grows.

    `heard_once` is `heard`, each event once, with a watermark on `at` where it is a stream. All windows are one
    aggregation: the events of a stream are read and remembered once, however many windows there are. With `totals` each
    window also has a row for itself as a whole, of the dimension EVERYTHING.
    """
    all_windows = F.flatten(F.array(*[_windows_of(F.col("at"), each) for each in windows]))
    entities = _entities(_everything()) if totals else _entities()
    by_entity = heard_once.select("at", "is_play", "listener", F.explode(entities).alias("entity"))
    by_window = by_entity.select("*", F.explode(all_windows).alias("each"))
    # Spark lets go of a window's state when the watermark passes its end; it knows windows by the metadata that its own
    # function gives them.
    of_window = heard_once.select(F.window("at", "1 minute").alias("window")).schema["window"].metadata
    window = F.struct(F.col("each.start"), F.col("each.end")).alias("window", metadata=of_window)
    counted = (
        by_window.select(window, F.col("each.name").alias("length"), "entity.*", "is_play", "listener")
        .groupBy("window", "length", "dimension", "key")
        .agg(
            F.max("label").alias("label"),
            F.count(F.when(F.col("is_play"), 1)).alias("plays"),
            F.count(F.when(~F.col("is_play"), 1)).alias("skips"),
            F.expr(f"hll_sketch_agg(CASE WHEN is_play THEN listener END, {LISTENERS_LOG_K})").alias("sketch"),
            F.count(F.lit(1)).alias("counted"),
        )
    )
    return counted.select(
        F.col("window.start").alias("window_start"),
        F.col("window.end").alias("window_end"),
        "length",
        "dimension",
        "key",
        "label",
        "plays",
        F.expr("hll_sketch_estimate(sketch)").alias("listeners"),
        "skips",
        F.expr("CASE WHEN plays > 0 THEN skips / plays END").alias("skip_rate"),
        "counted",
    )
