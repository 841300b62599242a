"""`trending` as it is started for real, against what DuckDB computes from the same files."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from shardline_jobs.lib.trending import LISTENERS_ERROR

from .conftest import Ended, Run
from .event_files import canonical, log_events, write_lines
from .places import Places, query
from .search import documents, drop

INDEX = "music-trending-*"
HOUR_MS = 3_600_000


def final(places: Places) -> set[tuple]:
    rows = places.parquet("length, epoch_ms(window_start), dimension, key, plays, listeners, skips, counted")
    assert len(rows) == len(set(rows))
    return set(rows)


def live(places: Places) -> set[tuple]:
    return {
        (
            each["window"]["length"],
            ms_of(each["window"]["start"]),
            *(each[name] for name in ("dimension", "key", "plays", "listeners", "skips", "counted")),
        )
        for each in documents(places.opensearch, INDEX).values()
    }


def ms_of(iso: str) -> int:
    return int(datetime.fromisoformat(iso).timestamp() * 1_000)


def in_duckdb(files: list[str], length_ms: int, slide_ms: int, name: str) -> set[tuple]:
    """What `trending` must come to for log events: counted from the raw files, by other means."""
    return set(
        query(
            f"""
            with plays as (
              select distinct on (userId, sessionId, itemInSession)
                ts, coalesce(nullif(userId, ''), sessionId::varchar) as listener, artist, song
              from read_json({files}, format = 'newline_delimited')
              where page = 'NextSong'
            ), entities as (
              select ts, listener, 'artist' as dimension, artist as key from plays where artist is not null
              union all
              select ts, listener, 'song', coalesce(artist || ' / ' || song, song) from plays where song is not null
            ), windows as (
              select *, unnest(range(
                (ts // {slide_ms}) * {slide_ms} - {length_ms} + {slide_ms}, ts + 1, {slide_ms}
              )) as start
              from entities
            )
            select '{name}', start, dimension, key, count(*), count(distinct listener), 0, count(*)
            from windows group by all
            """
        )
    )


@pytest.fixture(scope="module")
def log_run(tmp_path_factory: pytest.TempPathFactory, run_job: Run, opensearch_url: str) -> Iterator[Places]:
    """The log events through the job, once."""
    drop(opensearch_url, INDEX)
    root = tmp_path_factory.mktemp("trending")
    places = Places(root, log_events(root / "source"), opensearch_url)
    ended = run_job("trending", **places.parameters(WINDOWS="1h/1h,1d/12h"))
    assert ended.code == 0, ended.stderr
    yield places
    drop(opensearch_url, INDEX)


def expected(places: Places) -> set[tuple]:
    files = [str(file) for file in places.source.rglob("*.json")]
    return in_duckdb(files, HOUR_MS, HOUR_MS, "1h") | in_duckdb(files, 24 * HOUR_MS, 12 * HOUR_MS, "1d")


def exact(rows: set[tuple]) -> dict[tuple, int]:
    """Without the listeners, which are estimated; and those, by the rest."""
    return {(*row[:5], *row[6:]): row[5] for row in rows}


def test_every_window_in_opensearch_is_what_duckdb_counts(log_run: Places):
    found, wanted = exact(live(log_run)), exact(expected(log_run))
    assert len(wanted) > 5_000
    assert found.keys() == wanted.keys()


def test_listeners_are_estimated_within_the_stated_error(log_run: Places):
    found, wanted = exact(live(log_run)), exact(expected(log_run))
    # Four standard errors; small sets are counted exactly.
    assert all(abs(found[row] - listeners) <= 4 * LISTENERS_ERROR * listeners for row, listeners in wanted.items())


def test_windows_that_are_over_are_in_parquet_and_no_others(log_run: Places):
    files = [str(file) for file in log_run.source.rglob("*.json")]
    ((latest,),) = query(
        f"select max(ts) from read_json({files}, format = 'newline_delimited') where page = 'NextSong'"
    )
    length = {"1h": HOUR_MS, "1d": 24 * HOUR_MS}
    over = {row for row in exact(expected(log_run)) if row[1] + length[row[0]] <= latest - 600_000}
    assert exact(final(log_run)).keys() == over


def test_an_hour_is_one_file_for_each_trigger(log_run: Places):
    folders = {file.parent for file in (log_run.root / "output").rglob("*.parquet")}
    assert len(folders) > 100
    assert all(len(list(folder.glob("*.parquet"))) == 1 for folder in folders)
    assert all("zstd" in next(folder.glob("*.parquet")).name for folder in folders)


def test_a_job_that_has_nothing_new_to_read_changes_nothing(log_run: Places, run_job: Run):
    before, over = documents(log_run.opensearch, INDEX), final(log_run)
    ended = run_job("trending", **log_run.parameters(WINDOWS="1h/1h,1d/12h"))
    assert ended.code == 0, ended.stderr
    assert documents(log_run.opensearch, INDEX) == before
    assert final(log_run) == over


def test_a_job_that_forgot_everything_writes_nothing_older_over_what_stands_there(log_run: Places, run_job: Run):
    before = documents(log_run.opensearch, INDEX)
    again = log_run.parameters(WINDOWS="1h/1h,1d/12h", CHECKPOINT_PATH=log_run.root / "other", FILES_PER_TRIGGER=7)
    again.pop("OUTPUT_PATH")
    ended = run_job("trending", **again)
    assert ended.code == 0, ended.stderr
    assert documents(log_run.opensearch, INDEX) == before


def at(minute: float) -> int:
    """A minute of a day that is long over."""
    return 1_700_000_100_000 + int(minute * 60_000)


def test_late_repeated_and_broken_events(
    tmp_path: Path, run_job: Run, opensearch_url: str, shardline: Callable[..., Ended]
):
    drop(opensearch_url, INDEX)
    places = Places(tmp_path, tmp_path / "source", opensearch_url)
    parameters = places.parameters(WINDOWS="1m/1m", APPLICATION="trending-test")

    def plays() -> dict[int, tuple[int, int]]:
        return {row[1]: (row[4], row[6]) for row in live(places) if row[2] == "artist"}

    first = [
        canonical("p1", at(0)),
        canonical("p1", at(0)),
        canonical("p2", at(9), user_id="u2"),
        canonical("s2", at(9.1), "skip"),
        "no json",
        b"\xff\xfe",
        "",
        "[1]",
        canonical("x1", "yesterday"),
        canonical("future", int(time.time() * 1_000) + 7_200_000),
        canonical("like", at(0), "like"),
    ]
    write_lines(places.source, "a.ndjson", first)
    assert run_job("trending", **parameters).code == 0
    assert plays() == {at(0): (1, 0), at(9): (1, 1)}
    reasons = sorted(letter["reason"] for letter in places.letters())
    assert reasons == ["decode-json", "decode-not-object", "decode-utf8", "index-window", "transform-invalid"]

    # Nine minutes late is within the watermark: the window is corrected. What stands before it is too late.
    later = [canonical("p3", at(0.1)), canonical("p1", at(0)), canonical("p4", at(-30)), canonical("p5", at(30))]
    write_lines(places.source, "b.ndjson", later)
    assert run_job("trending", **parameters).code == 0
    assert plays() == {at(0): (2, 0), at(9): (1, 1), at(30): (1, 0)}
    assert {row[1] for row in final(places)} == {at(0), at(9)}
    assert len(places.letters()) == 5

    # The service reads these letters back.
    dry = shardline(
        "redrive",
        f"file:{tmp_path / 'letters'}",
        "--dry-run",
        "--json",
        SHARDLINE_APPLICATION="trending-test",
        SHARDLINE_STREAM="files",
        SHARDLINE_OPENSEARCH_NODE=opensearch_url,
        SHARDLINE_OPENSEARCH_AUTH="none",
        SHARDLINE_DEAD_LETTER_TO=f"file:{tmp_path / 'other'}",
        AWS_REGION="eu-central-1",
    )
    read = {json.loads(line)["letter_id"] for line in dry.stdout.splitlines()}
    assert read == {letter["letter_id"] for letter in places.letters()}, dry
    drop(opensearch_url, INDEX)


def test_everything_that_is_wrong_with_the_parameters_is_told_at_once(run_job: Run):
    ended = run_job("trending", "--SORCE_PATH", "/x", WATERMARK="soon", WINDOWS="1h/7m", OPENSEARCH_PASSWORD="hush")
    assert ended.code == 2
    said = ended.stderr
    for part in (
        "--SORCE_PATH is no parameter of this job; did you mean --SOURCE_PATH?",
        "--SOURCE_PATH is missing",
        "--CHECKPOINT_PATH is missing",
        "--WATERMARK is 'soon'; expected a duration",
        "--WINDOWS is '1h/7m'; expected LENGTH/SLIDE",
    ):
        assert part in said
    assert "hush" not in said


def test_an_opensearch_that_is_away_stops_the_job_with_a_name_and_it_goes_on_later(
    tmp_path: Path, run_job: Run, opensearch_url: str
):
    drop(opensearch_url, INDEX)
    places = Places(tmp_path, tmp_path / "source", opensearch_url)
    write_lines(places.source, "a.ndjson", [canonical("p1", at(0))])
    parameters = places.parameters(WINDOWS="1m/1m")
    ended = run_job("trending", **{**parameters, "OPENSEARCH_NODE": "http://127.0.0.1:9", "OPENSEARCH_RETRY_FOR": "1s"})
    assert ended.code == 1
    assert "OpenSearch at http://127.0.0.1:9" in ended.stderr
    assert run_job("trending", **parameters).code == 0
    assert {row[4] for row in live(places)} == {1}
    assert os.listdir(tmp_path / "checkpoint")
    drop(opensearch_url, INDEX)
