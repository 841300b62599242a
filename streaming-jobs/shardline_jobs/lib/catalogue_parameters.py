"""The parameters that say where a catalogue is, and when a title is one of its."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from pyspark.sql import SparkSession

from .catalogue_versions import CataloguePlace, CatalogueVersions
from .log import Log
from .matching import SONG
from .parameters import Parameter, Parameters, duration, place


def columns(text: str) -> Mapping[str, str]:
    """`song_title=title,duration_seconds=duration`: ours, and what the catalogue calls it."""
    known = ", ".join(SONG.names)
    named: dict[str, str] = {}
    for part in text.split(","):
        ours, equals, theirs = part.partition("=")
        if not equals or not theirs or ours not in SONG.names or ours in named:
            raise ValueError(f"OURS=THEIRS, with commas between them, each of ours once; ours are {known}")
        named[ours] = theirs
    return named


def share(text: str) -> float:
    """A part of one, with at most three digits."""
    if re.fullmatch(r"0(\.[0-9]{1,3})?|1(\.0{1,3})?", text):
        return float(text)
    raise ValueError("a number from 0 to 1, such as 0.8")


CATALOGUE = (
    Parameter("CATALOGUE_PATH", "Songs and artists: .parquet, .json, .ndjson or .csv, a file or a folder", place),
    Parameter("CATALOGUE_COLUMNS", "What the catalogue calls its columns, such as song_title=title", columns, ""),
    Parameter("CATALOGUE_REFRESH", "How often to look for a newer catalogue", duration, "5m"),
    Parameter("NAME_SCORE", "Titles of an artist that are less alike than this are different songs", share, "0.8"),
)


def catalogue_of(spark: SparkSession, parameters: Parameters) -> CatalogueVersions:
    """The catalogue, looked at for the first time. Raises CatalogueUnusable."""
    named = parameters.values["CATALOGUE_COLUMNS"]
    assert named is None or isinstance(named, dict)
    where = CataloguePlace(
        path=parameters.text("CATALOGUE_PATH"),
        named=named or {},
        refresh_s=parameters.duration("CATALOGUE_REFRESH").total_seconds(),
        kept=f"{parameters.text('CHECKPOINT_PATH')}/catalogue",
    )
    log = Log({"application": parameters.text("APPLICATION"), "job": "enrich_plays"})
    catalogue = CatalogueVersions(spark, where, time.time, log)
    catalogue.begin()
    return catalogue


def least_score(parameters: Parameters) -> float:
    """What titles must be alike."""
    least = parameters.values["NAME_SCORE"]
    assert isinstance(least, float)
    return least
