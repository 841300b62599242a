"""What a listener did with each play within ten minutes: a stream-stream join, outer on both sides."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from .event_schema import event_schema
from .events import once
from .trending import SKIP

LIKE = "like"
PLAY = "play"
#: What is told of a play, and of a reaction whose play never came.
TOLD = (
    "listener",
    "user_id",
    "user_country",
    "interaction_session_id",
    "interaction_platform",
    "artist_id",
    "artist_name",
    "song_id",
    "song_title",
    "song_duration_seconds",
)


def _kind() -> Column:
    event_type = F.col("event_type")
    return F.when(event_type.isin(*sorted(event_schema().plays)), PLAY).when(event_type.isin(SKIP, LIKE), event_type)


def heard(events: DataFrame) -> DataFrame:
    """The plays, skips and likes, with who caused them and of which song, by id or else by name."""
    return (
        events.withColumn("kind", _kind())
        .where(F.col("kind").isNotNull())
        .withColumn("listener", F.coalesce("user_id", "interaction_session_id"))
        .withColumn("song", F.coalesce("song_id", F.concat("artist_name", F.lit(" / "), "song_title"), "song_title"))
        .select("event_id", "at", "kind", "song", *TOLD)
    )


def _of(side: str) -> Column:
    """By what a side is joined. Spark's join of streams takes nulls for equal: what has one is alone."""
    has_both = F.col("listener").isNotNull() & F.col("song").isNotNull()
    alone = F.struct(F.lit("").alias("by"), F.concat(F.lit(f"{side} "), "event_id").alias("of"))
    return F.when(has_both, F.struct(F.col("listener").alias("by"), F.col("song").alias("of"))).otherwise(alone)


def _followers(came: DataFrame, late_by: str) -> DataFrame:
    """Reactions, and plays: for the next play of a song takes over what follows it."""
    # Of a play only its time is needed here: state keeps no more.
    told = [F.when(F.col("kind") != PLAY, F.col(name)).alias(f"after_{name}") for name in TOLD]
    return came.select(
        F.col("at").alias("after_at"),
        F.col("event_id").alias("after_event_id"),
        F.col("kind").alias("after_kind"),
        _of("after").alias("after_of"),
        *told,
    ).withWatermark("after_at", late_by)


def _joined(came: DataFrame, late_by: str, within: str) -> DataFrame:
    """A row for each play and what follows it, for each play that nothing follows, and each reaction without a play."""
    plays = once(came.where(F.col("kind") == PLAY), late_by).select("at", "event_id", _of("play").alias("of"), *TOLD)
    # Of two plays at once the one with the greater id is the later one.
    later = (F.col("after_at") > F.col("at")) | (F.col("after_event_id") > F.col("event_id"))
    return plays.join(
        _followers(came, late_by),
        (F.col("of.by") == F.col("after_of.by"))
        & (F.col("of.of") == F.col("after_of.of"))
        & (F.col("after_at") >= F.col("at"))
        & (F.col("after_at") <= F.col("at") + F.expr(f"INTERVAL '{within}'"))
        & ((F.col("after_kind") != PLAY) | later),
        "full_outer",
    )


def reactions(came: DataFrame, late_by: str, within: str) -> DataFrame:
    """A row for each play, and each skip and like that no play came before. `came` is a stream of `heard`.

    `at`, `kind`, `event_id`, TOLD; of a play also `skipped_at` and `liked_at`, null where it was not: the first skip
    and like of that song by that listener `within` that time, and before its next play, to which later ones belong.
    A row comes when the watermark has passed the time in which more could follow.
    """
    pairs = _joined(came, late_by, within)
    is_play = F.col("event_id").isNotNull()
    # A play is a row of its own on the left; on the right it is but the end of another one.
    rows = pairs.where(is_play | (F.col("after_kind") != PLAY))
    # Spark lets go of a group's state by the metadata that marks the time in its key.
    of_time = came.withWatermark("at", late_by).schema["at"].metadata
    own = [F.coalesce(name, f"after_{name}").alias(name) for name in ("event_id", *TOLD)]

    def first(kind: str) -> Column:
        return F.min(F.when((F.col("kind") == PLAY) & (F.col("after_kind") == kind), F.col("after_at")))

    grouped = (
        rows.select(
            F.coalesce("at", "after_at").alias("at", metadata=of_time),
            F.when(is_play, PLAY).otherwise(F.col("after_kind")).alias("kind"),
            *own,
            "after_kind",
            "after_at",
        )
        .groupBy("at", "kind", "event_id", *TOLD)
        .agg(first(SKIP).alias("skip_at"), first(LIKE).alias("like_at"), first(PLAY).alias("next_at"))
    )

    def before_next(name: str) -> Column:
        return F.when(F.col("next_at").isNull() | (F.col(name) < F.col("next_at")), F.col(name))

    return grouped.select(
        "at",
        "kind",
        "event_id",
        *TOLD,
        before_next("skip_at").alias("skipped_at"),
        before_next("like_at").alias("liked_at"),
    )
