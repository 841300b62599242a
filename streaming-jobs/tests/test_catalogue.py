"""Catalogues that are good, bad, replaced and gone, while batches are matched with them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from shardline_jobs.lib.catalogue import CatalogueUnusable
from shardline_jobs.lib.catalogue_versions import CataloguePlace, CatalogueVersions
from shardline_jobs.lib.enriched import into_all
from shardline_jobs.lib.log import Log
from shardline_jobs.lib.reactions import TOLD

from .catalogues import Song, song, write_catalogue, written_at
from .conftest import Run
from .event_files import write_lines
from .storms import in_turn


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


Begin = Callable[..., CatalogueVersions]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def begin(spark: SparkSession, tmp_path: Path, clock: Clock) -> Begin:
    """The catalogue as a job that starts, or starts again, has it."""

    def start(path: Path, **named: str) -> CatalogueVersions:
        place = CataloguePlace(str(path), named, 60, str(tmp_path / "kept"))
        catalogue = CatalogueVersions(spark, place, clock, Log({}))
        catalogue.begin()
        return catalogue

    return start


def titles(catalogue: CatalogueVersions, batch_id: int) -> dict[str, str]:
    return {row.song_id: row.song_title for row in catalogue.songs(batch_id)[1].collect()}


def test_every_kind_of_file_gives_the_same_songs(tmp_path: Path, begin: Begin):
    songs = [song(1, song_title='A "B", c'), song(2, year=0, genre=""), song(3, artist_name=None)]
    found = []
    for number, kind in enumerate(("ndjson", "csv", "parquet")):
        folder = write_catalogue(tmp_path / kind, songs, kind)
        write_lines(folder / "_temporary" / "0", "half.txt", ["half a catalogue"])
        rows = begin(folder).songs(number)[1].collect()
        found.append(sorted(tuple(row) for row in rows))
    assert found[0] == found[1] == found[2]
    assert found[0][0][1:8] == ('A "B", c', "a1", "Artist B", None, "pop", 1991, 200.5)
    assert found[0][1][5:7] == (None, None)


def test_columns_are_found_by_the_names_that_the_catalogue_gives_them(tmp_path: Path, begin: Begin):
    lines = [{"id": 7, "title": " T ", "artist_name": "A", "duration_seconds": "NaN"}]
    catalogue = begin(write_catalogue(tmp_path / "c", lines), song_id="id", song_title="title")
    assert titles(catalogue, 0) == {"7": "T"}
    assert [row.duration_seconds for row in catalogue.songs(0)[1].collect()] == [None]


def test_of_rows_of_one_id_the_one_that_says_most_is_taken(tmp_path: Path, begin: Begin):
    rows = [song(1, song_title="B"), song(1, song_title="C"), song(1, song_title="A", genre=None), song(1)]
    assert titles(begin(write_catalogue(tmp_path / "c", [*rows, *rows])), 0) == {"s1": "B"}
    assert titles(begin(write_catalogue(tmp_path / "c", rows[::-1])), 1) == {"s1": "B"}


def damaged(folder: Path, what: str) -> None:
    good = [song(1)]
    if what == "gone":
        return
    folder.mkdir()
    lines: dict[str, list[object]] = {
        "column": [{"song_id": "s1", "title": "T", "artist_name": "A"}],
        "empty": [{"song_id": "", "song_title": "T", "artist_name": ""}],
        "damaged": [*good, '{"song_id": "s2", "song_'],
    }
    if what in lines:
        write_lines(folder, "songs.ndjson", lines[what])
    elif what == "parquet":
        write_lines(folder, "songs.parquet", ["this is no Parquet"])
    elif what == "kinds":
        write_lines(folder, "songs.txt", good)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("gone", "there is no catalogue at"),
        ("folder", "has no files"),
        ("kinds", "songs.txt is no catalogue: expected .parquet"),
        ("column", "no column song_title; it has artist_name, song_id, title. --CATALOGUE_COLUMNS"),
        ("empty", "has no song"),
        ("damaged", "cannot be read"),
        ("parquet", "cannot be read"),
    ],
)
def test_a_bad_catalogue_keeps_a_job_from_starting_but_not_one_that_has_another(
    tmp_path: Path, begin: Begin, clock: Clock, capfd: pytest.CaptureFixture, what: str, told: str
):
    damaged(tmp_path / "bad", what)
    with pytest.raises(CatalogueUnusable, match=told):
        begin(tmp_path / "bad")

    good = write_catalogue(tmp_path / "catalogue", [song(1)])
    catalogue = begin(good)
    catalogue.songs(0)
    for file in good.iterdir():
        file.unlink()
    good.rmdir()
    if (tmp_path / "bad").exists():
        (tmp_path / "bad").rename(good)
    clock.seconds = 61
    assert titles(catalogue, 1) == {"s1": "Title No. 1"}
    assert told in capfd.readouterr().err.replace(str(good), "")
    assert titles(begin(good), 2) == {"s1": "Title No. 1"}


def test_a_newer_catalogue_is_looked_for_at_intervals_and_a_repeated_batch_meets_its_own(
    tmp_path: Path, begin: Begin, clock: Clock
):
    folder = write_catalogue(tmp_path / "c", [song(1, song_title="old")])
    catalogue = begin(folder)
    assert titles(catalogue, 0) == {"s1": "old"}
    write_catalogue(folder, [song(1, song_title="newer")])
    clock.seconds = 59
    assert titles(catalogue, 1) == {"s1": "old"}
    clock.seconds = 60
    assert titles(catalogue, 2) == {"s1": "newer"}
    write_catalogue(folder, [song(1, song_title="the newest")])
    again = begin(folder)
    assert titles(again, 2) == {"s1": "newer"}
    assert titles(again, 3) == {"s1": "the newest"}
    # What was kept is gone: it is read once more.
    shutil.rmtree(tmp_path / "kept" / "versions")
    assert titles(begin(folder), 3) == {"s1": "the newest"}
    # What no batch can need any more is not kept.
    kept = tmp_path / "kept"
    assert [len(list((kept / name).glob("[!.]*"))) for name in ("versions", "batches")] == [1, 1]


FIELDS = ("at timestamp", "kind string", "event_id string", *[f"{name} string" for name in TOLD])
STREAM = ", ".join([*FIELDS, "skipped_at timestamp", "liked_at timestamp"])


def test_a_catalogue_is_replaced_while_a_stream_runs_and_each_batch_has_one_version_of_it(
    spark: SparkSession, tmp_path: Path, begin: Begin, clock: Clock
):
    def version(number: int) -> list[Song]:
        return [song(each, song_title=f"version {number}") for each in range(5)]

    folder = write_catalogue(tmp_path / "c", version(0))
    for file in range(4):
        lines = [{"event_id": f"{file}-{n}", "kind": "play", "song_id": f"s{n}"} for n in range(5)]
        write_lines(tmp_path / "source", f"{file}.json", lines)
    in_turn(tmp_path / "source")
    seen: list[set[str]] = []

    def keep(batch: DataFrame, batch_id: int) -> None:
        # The files are replaced before the batch's rows are asked for: it was to have the version that it began with.
        write_catalogue(folder, version(batch_id + 1))
        written_at(folder, 1_790_000_000 + batch_id)
        clock.seconds += 31
        seen.append({row.catalogue_song_title for row in batch.collect()})

    stream = spark.readStream.schema(STREAM).option("maxFilesPerTrigger", 1).json(str(tmp_path / "source"))
    query = (
        stream.writeStream.foreachBatch(into_all(begin(folder), 0.8, [keep]))
        .option("checkpointLocation", str(tmp_path / "checkpoint"))
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination()
    assert seen == [{"version 0"}, {"version 0"}, {"version 2"}, {"version 2"}]


def test_a_job_that_cannot_begin_says_so(tmp_path: Path, run_job: Run):
    (tmp_path / "source").mkdir()
    places = {name: tmp_path / name.lower() for name in ("CHECKPOINT_PATH", "DEAD_LETTER_PATH", "OUTPUT_PATH")}
    ended = run_job("enrich_plays", SOURCE_PATH=tmp_path / "source", CATALOGUE_PATH=tmp_path / "no", **places)
    assert ended.code == 1
    assert "there is no catalogue at" in ended.stderr
    wrong = run_job("enrich_plays", NAME_SCORE="2", CATALOGUE_COLUMNS="title=song_title", CATALOGUE_PATH="no")
    assert wrong.code == 2
    for text in ("--NAME_SCORE is '2'; expected a number from 0 to 1", "--CATALOGUE_COLUMNS is 'title=", "an absolute"):
        assert text in wrong.stderr
