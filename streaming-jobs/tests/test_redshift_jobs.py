"""Jobs that write into Redshift: what stands there is what stands in Parquet, also after kill -9 between the steps."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from .catalogues import song, write_catalogue, written_at
from .conftest import Ended, Run, Submitted
from .event_files import canonical, write_lines
from .places import Places
from .redshift_stand_in import Redshift, raising, step_of
from .redshift_wire import Cut
from .storms import KILLS, WITHIN_S, in_turn
from .test_restart_trending import prepare

TRENDING = "window_start, window_end, length, dimension, key, label, plays, listeners, skips, skip_rate, counted"
SESSIONS = "listener, session_start, last_event, events, plays, listened_s, offered_s, device_changes"
#: Where a driver is killed, in turn.
MOMENTS = (
    ("after", "commit"),
    ("after", "copy"),
    ("before", "commit"),
    ("before", "lock"),
    ("after", "lock"),
    ("after", "insert"),
    ("after", "enter"),
)


def alike(value: object) -> object:
    """A number as one, a time and a text as a text."""
    try:
        return float(str(value))
    except ValueError:
        return str(value)


def sorted_rows(rows: list[tuple]) -> list[tuple]:
    return sorted((tuple(alike(value) for value in row) for row in rows), key=repr)


def in_redshift(redshift: Redshift, table: str, columns: str) -> list[tuple]:
    quoted = ", ".join(f'"{name}"' for name in columns.split(", "))
    return sorted_rows(redshift.ask(f'SELECT {quoted} FROM "{redshift.schema}"."{table}"'))


def in_parquet(places: Places, columns: str) -> list[tuple]:
    return sorted_rows(places.parquet(columns))


def parameters(places: Places, redshift: Redshift, table: str, **more: object) -> dict[str, object]:
    own = {key: value for key, value in places.parameters(**more).items() if not key.startswith("OPENSEARCH")}
    return {**own, **redshift.parameters(table)}


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path, tmp_path / "source", "")


def test_trending_goes_on_where_redshift_refused_it_and_a_job_begun_anew_corrects(
    places: Places, redshift: Redshift, run_job: Run
):
    for file in range(4):
        plays = [canonical(f"e{file}-{at}", 1_700_000_100_000 + (file * 10 + at) * 60_000) for at in range(12)]
        write_lines(places.source, f"{file}.ndjson", plays)
    in_turn(places.source)
    given = parameters(places, redshift, "trending", FILES_PER_TRIGGER=1, WINDOWS="1m/1m,10m/5m")

    redshift.fault = lambda when, statement: (
        raising("S3ServiceException: Access Denied") if step_of(statement) == "copy" and redshift.copies else None
    )
    ended = run_job("trending", **given)
    assert ended.code == 1
    assert f"RedshiftRefused: Redshift refuses to write to {redshift.schema}.trending: " in ended.stderr
    assert "REDSHIFT_PASSWORD = (hidden)" in ended.stderr
    assert "not to be seen" not in ended.stderr
    redshift.fault = lambda when, statement: None
    ended = run_job("trending", **given)
    assert ended.code == 0, ended.stderr
    assert len(in_redshift(redshift, "trending", TRENDING)) > 50
    assert in_redshift(redshift, "trending", TRENDING) == in_parquet(places, TRENDING)
    assert redshift.staged() == []

    # Begun anew, with events that did not come before: fuller windows replace theirs, nothing stands there twice.
    more = [canonical(f"late{at}", 1_700_000_100_000 + at * 60_000) for at in range(3)]
    write_lines(places.source, "0.ndjson", [*more, *(places.source / "0.ndjson").read_text().splitlines()])
    in_turn(places.source)
    anew = Places(places.root / "anew", places.source, "")
    ended = run_job("trending", **parameters(anew, redshift, "trending", WINDOWS="1m/1m,10m/5m"))
    assert ended.code == 0, ended.stderr
    assert in_redshift(redshift, "trending", TRENDING) == in_parquet(anew, TRENDING) != in_parquet(places, TRENDING)


def test_sessions_are_there_with_their_flags(places: Places, redshift: Redshift, run_job: Run):
    lines = [canonical(f"e{at}", 1_700_000_100_000 + at * 1_000, user_id=f"u{at % 2}") for at in range(50)]
    lines += [
        canonical("x", 1_700_000_101_000, user_id="jet"),
        canonical("y", 1_700_000_102_000, user_id="jet", country="JP"),
    ]
    write_lines(places.source, "a.ndjson", [*lines, canonical("end", 1_700_009_000_000, user_id="end")])
    ended = run_job("sessions", **parameters(places, redshift, "sessions"))
    assert ended.code == 0, ended.stderr
    assert in_redshift(redshift, "sessions", SESSIONS) == in_parquet(places, SESSIONS)
    flags = f'SELECT "listener", "flags" FROM "{redshift.schema}"."sessions" ORDER BY 1'
    assert redshift.ask(flags) == [("jet", "impossible-travel"), ("u0", "impossible-rate"), ("u1", "impossible-rate")]


def test_plays_are_there_with_their_songs_and_a_later_catalogue_replaces_them(
    places: Places, redshift: Redshift, run_job: Run
):
    first = 1_700_006_400_000
    kinds = {"a": "play", "b": "skip", "c": "play"}
    lines = [canonical(name, first + at * 60_000, kind) for at, (name, kind) in enumerate(kinds.items())]
    write_lines(places.source, "a.ndjson", [*lines, canonical("end", first + 36_000_000, user_id="end")])
    catalogue = places.root / "catalogue"
    stands = ("Old", 1_790_000_000)
    for run in (stands, ("New", 1_790_000_100), ("Older", 1_780_000_000)):
        write_catalogue(catalogue, [song(1, song_title=run[0])])
        written_at(catalogue, run[1])
        anew = Places(places.root / run[0], places.source, "")
        ended = run_job("enrich_plays", **parameters(anew, redshift, "plays", CATALOGUE_PATH=catalogue))
        assert ended.code == 0, ended.stderr
        columns = '"event_id", "skipped_at", "catalogue_song_title", "revision"'
        found = redshift.ask(f'SELECT {columns} FROM "{redshift.schema}"."plays" ORDER BY 1')
        stands = max(stands, run, key=lambda each: each[1])
        assert found == [
            ("a", "2023-11-15 00:01:00", stands[0], str(stands[1] * 4_000 + 1)),
            ("c", None, stands[0], str(stands[1] * 4_000)),
        ]


def problems(ended: Ended) -> list[str]:
    return ended.stderr.partition(" [SHARDLINE_SPARK_PARAMETERS_WRONG]")[0].splitlines()


def test_wrong_parameters_are_told_together(run_job: Run, tmp_path: Path):
    here = {"SOURCE_PATH": tmp_path, "CHECKPOINT_PATH": tmp_path / "c", "DEAD_LETTER_PATH": tmp_path / "d"}
    ended = run_job(
        "trending",
        **here,
        REDSHIFT_URL="jdbc:redshift://h:5439/dev?user=me&password=secret",
        REDSHIFT_TABLE="Trending",
        REDSHIFT_STAGING_PATH="/tmp/here",
        REDSHIFT_IAM_ROLE="me",
        REDSHIFT_PASSWORD="secret too",
    )
    assert ended.code == 2
    told = [line.split(" ")[0] for line in ended.stderr.splitlines()]
    assert told == ["--REDSHIFT_URL", "--REDSHIFT_TABLE", "--REDSHIFT_STAGING_PATH", "--REDSHIFT_IAM_ROLE"]
    assert "secret too" not in ended.stderr
    ended = run_job("trending", **here, REDSHIFT_TABLE="a.b", OUTPUT_PATH=tmp_path / "o")
    assert problems(ended) == ["--REDSHIFT_TABLE needs --REDSHIFT_URL"]
    ended = run_job("trending", **here, REDSHIFT_URL="jdbc:redshift://h:5439/dev")
    assert problems(ended) == [
        "--REDSHIFT_URL needs --REDSHIFT_TABLE",
        "--REDSHIFT_URL needs --REDSHIFT_STAGING_PATH",
        "--REDSHIFT_URL without iam needs --REDSHIFT_USER and --REDSHIFT_PASSWORD",
    ]


def kill_at(redshift: Redshift, process: subprocess.Popen, moment: str, step: str) -> None:
    """The driver is killed when a transaction has come that far."""

    def fault(when: str, statement: str) -> None:
        if when == moment and step_of(statement) == step:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise Cut

    redshift.fault = fault


def test_a_driver_that_is_killed_between_the_steps_leaves_what_one_leaves_that_is_not(
    places: Places, redshift: Redshift, submitted: Submitted
):
    # The best of each window go elsewhere.
    more = {key: value for key, value in prepare(places.root, 1).items() if key != "TOP"}
    given = parameters(places, redshift, "trending", WATERMARK="1m", **more)
    for moment, step in MOMENTS[:KILLS]:
        process = submitted("trending", **given)
        kill_at(redshift, process, moment, step)
        assert process.wait(WITHIN_S) == -signal.SIGKILL, (moment, step)
    redshift.fault = lambda when, statement: None
    assert submitted("trending", **given).wait(WITHIN_S) == 0
    assert len(in_redshift(redshift, "trending", TRENDING)) > 30
    assert in_redshift(redshift, "trending", TRENDING) == in_parquet(places, TRENDING)
    assert redshift.staged() == []
