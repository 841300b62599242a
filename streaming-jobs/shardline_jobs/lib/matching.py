"""Plays and the catalogue: by the song's id, else by names that are alike, with a score."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from .names import keys

#: What the catalogue tells of a song.
SONG = T.StructType(
    [
        T.StructField("song_id", T.StringType()),
        T.StructField("song_title", T.StringType()),
        T.StructField("artist_id", T.StringType()),
        T.StructField("artist_name", T.StringType()),
        T.StructField("album", T.StringType()),
        T.StructField("genre", T.StringType()),
        T.StructField("year", T.IntegerType()),
        T.StructField("duration_seconds", T.DoubleType()),
    ]
)
_KEYS = ("artist_key", "numbers", "bare", "words")
_KEY = T.StructType([T.StructField(name, T.StringType()) for name in _KEYS])
#: How much of the score the words of a title's edition have; the rest is the title's own.
_EDITION = 0.15


def with_keys(rows: DataFrame, artist: str, title: str) -> DataFrame:
    """The same rows with what they are compared by; null of those that cannot be found by name."""
    key = F.udf(keys, _KEY).asNondeterministic()  # once a row, not once for each field of it
    return rows.withColumn("key", key(artist, title)).select("*", *[f"key.{name}" for name in _KEYS]).drop("key")


def _alike(one: Column, other: Column) -> Column:
    return 1 - F.levenshtein(one, other) / F.greatest(F.length(one), F.length(other))


def score(bare: Column, other_bare: Column, words: Column, other_words: Column) -> Column:
    """From 0 to 1: how alike two titles of an artist are. Another edition of the same title has 0.85 at least.

    A title that names no edition is nearer to each edition than these are to each other.
    """
    plain, other_plain = words == bare, other_words == other_bare
    edition = (
        F.when((words == other_words) | (plain & other_plain), 1.0)
        .when(plain | other_plain, 0.5)
        .otherwise(_alike(words, other_words) / 2)
    )
    return F.round(_alike(bare, other_bare) * (1 - _EDITION + _EDITION * edition), 3)


def _named(names: DataFrame, songs: DataFrame, least: float) -> DataFrame:
    """For each artist and title the artist's song whose title is most alike; of equals, the one of the least id."""
    asked = with_keys(names.distinct(), "artist_name", "song_title").where(F.col("artist_key").isNotNull()).alias("a")
    known = songs.where(F.col("artist_key").isNotNull()).alias("c")
    alike = score(F.col("a.bare"), F.col("c.bare"), F.col("a.words"), F.col("c.words"))
    pairs = asked.join(known, ["artist_key", "numbers"]).select(
        F.col("a.artist_name").alias("asked_artist"),
        F.col("a.song_title").alias("asked_title"),
        alike.alias("score"),
        F.struct(*[F.col(f"c.{name}") for name in SONG.names]).alias("song"),
    )
    # Nulls are least of all: a song without an id gives way to one with an id.
    rank = F.struct((-F.col("score")).alias("score"), F.col("song.song_id").isNull().alias("nameless"), F.col("song"))
    best = pairs.where(F.col("score") >= least).groupBy("asked_artist", "asked_title").agg(F.min(rank).alias("best"))
    return best.select("asked_artist", "asked_title", (-F.col("best.score")).alias("score"), "best.song")


def matched(rows: DataFrame, songs: DataFrame, least: float) -> DataFrame:
    """Each row once, with `match` (`id`, `name` or `none`), `score` (1 for an id, null for none) and `song`.

    `songs` has each id once, and the columns that `with_keys` adds. Names are compared only where the id is not found,
    each pair of them once; `rows` is read twice.
    """
    by_id = songs.where(F.col("song_id").isNotNull()).select(
        F.col("song_id").alias("known_id"), F.struct(*SONG.names).alias("by_id")
    )
    found = rows.join(by_id, F.col("song_id") == F.col("known_id"), "left").drop("known_id")
    lost = found.where(F.col("by_id").isNull()).select("artist_name", "song_title")
    named = _named(lost, songs, least).select(
        "asked_artist", "asked_title", F.col("score").alias("by_name_score"), F.col("song").alias("by_name")
    )
    same_names = (F.col("artist_name") == F.col("asked_artist")) & (F.col("song_title") == F.col("asked_title"))
    has_id = F.col("by_id").isNotNull()
    return (
        found.join(named, same_names & ~has_id, "left")
        .withColumn("match", F.when(has_id, "id").when(F.col("by_name").isNotNull(), "name").otherwise("none"))
        .withColumn("score", F.when(has_id, F.lit(1.0)).otherwise(F.col("by_name_score")))
        .withColumn("song", F.coalesce("by_id", "by_name"))
        .drop("asked_artist", "asked_title", "by_name_score", "by_name", "by_id")
    )
