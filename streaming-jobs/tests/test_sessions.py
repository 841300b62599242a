"""`sessions`, against what DuckDB computes from the same files, and what it flags."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Run
from .event_files import canonical, log_events, write_lines
from .places import Places, query
from .search import documents, drop

INDEX = "music-flagged-*"
WATERMARK_MS = 600_000
GAP_MS = 1_800_000


def in_duckdb(files: list[str]) -> list[tuple]:
    """Sessions of log events: counted from the raw files, by other means."""
    return query(
        f"""
        with lines as (
          select distinct on (userId, sessionId, itemInSession)
            ts, coalesce(nullif(userId, ''), sessionId::varchar) as listener, page = 'NextSong' as is_play,
            coalesce(nullif(userId, ''), 'anonymous') || '-' || sessionId || '-' || itemInSession as id,
            length::double as length, userAgent as device
          from read_json({files}, format = 'newline_delimited',
            columns = {{ts: 'BIGINT', userId: 'VARCHAR', sessionId: 'BIGINT', itemInSession: 'BIGINT', page: 'VARCHAR',
                         length: 'DOUBLE', userAgent: 'VARCHAR'}})
        ), begun as (
          select *, coalesce(ts - lag(ts) over (partition by listener order by ts, id) > {GAP_MS}, true) as begins
          from lines
        ), numbered as (
          select *, count_if(begins) over (partition by listener order by ts, id) as nr from begun
        ), followed as (
          select *,
            lead(ts) over (partition by listener, nr, is_play order by ts, id) as next_ts,
            lag(device) over (partition by listener, nr, device is null order by ts, id) as device_before
          from numbered
        )
        select listener, min(ts), max(ts), count(*), count_if(is_play),
          coalesce(sum(least(length, coalesce((next_ts - ts) / 1000.0, length))) filter (is_play), 0),
          count(*) filter (device <> device_before)
        from followed group by listener, nr
        """
    )


def found(places: Places) -> list[tuple]:
    return places.parquet(
        "listener, epoch_ms(session_start), epoch_ms(last_event), events, plays, listened_s, device_changes"
    )


@pytest.fixture
def places(tmp_path: Path, opensearch_url: str) -> Iterator[Places]:
    drop(opensearch_url, INDEX)
    yield Places(tmp_path, tmp_path / "source", opensearch_url)
    drop(opensearch_url, INDEX)


def test_sessions_are_those_that_duckdb_finds(places: Places, run_job: Run):
    source = log_events(places.source)
    ended = run_job("sessions", **places.parameters(SOURCE_PATH=source))
    assert ended.code == 0, ended.stderr
    wanted = in_duckdb([str(file) for file in source.rglob("*.json")])
    latest = max(row[2] for row in wanted)
    over = [row for row in wanted if row[2] + GAP_MS <= latest - WATERMARK_MS]
    assert len(over) > 300
    seconds, wanted_seconds = listened(found(places)), listened(over)
    assert seconds.keys() == wanted_seconds.keys()
    assert all(abs(seconds[row] - wanted_seconds[row]) < 0.001 for row in seconds)


def listened(rows: list[tuple]) -> dict[tuple, float]:
    """The seconds, by the rest of the row: sums of doubles depend on their order in the last digits."""
    assert len(rows) == len(set(rows))
    return {(*row[:5], row[6]): row[5] for row in rows}


def at(minute: float) -> int:
    return 1_700_000_100_000 + int(minute * 60_000)


def heard(name: str, minute: float, user: str, **more: object) -> dict[str, object]:
    return canonical(f"{user}-{name}", at(minute), user_id=user, platform="web", **more)


#: Later than every session's end: it closes them all.
END = heard("end", 600, "end")


def test_what_no_person_does_is_flagged_and_nothing_else(places: Places, run_job: Run):
    lines = [
        *[heard(str(n), n / 21, "robot") for n in range(21)],
        *[heard(str(n), n / 20, "eager") for n in range(40)],
        heard("1", 0, "jet"),
        heard("2", 58, "jet", country="JP"),
        heard("3", 29, "jet"),
        heard("1", 0, "train"),
        heard("2", 20, "train"),
        heard("3", 40, "train"),
        heard("4", 60, "train"),
        heard("5", 80, "train"),
        heard("6", 110, "train", country="FR"),
        heard("1", 0, "replay"),
        heard("1", 5, "replay"),
        heard("1", 0, "twice"),
        heard("1", 0, "twice"),
        END,
    ]
    write_lines(places.source, "a.ndjson", lines)
    ended = run_job("sessions", **places.parameters(TRAVEL="30m"))
    assert ended.code == 0, ended.stderr
    flagged = {each["listener"]: each["flags"] for each in documents(places.opensearch, INDEX).values()}
    assert flagged == {"robot": ["impossible-rate"], "jet": ["impossible-travel"], "replay": ["replayed-ids"]}
    assert {(row[0], row[3]) for row in found(places)} >= {("twice", 1), ("replay", 1), ("train", 6)}


def test_who_never_pauses_has_sessions_that_end(places: Places, run_job: Run):
    # Cells begin at 18 and 36 minutes past; each counts six minutes more, and the next one from there on.
    first = at(0) // 1_080_000 * 1_080_000
    lines = [canonical(f"r{n}", first + n * 30_000, user_id="robot", song_id=f"s{n}") for n in range(120)]
    # More than a minute's worth of plays, in the second piece.
    lines += [canonical(f"x{n}", first + 30 * 60_000 + n, user_id="robot") for n in range(21)]
    write_lines(places.source, "a.ndjson", [*lines, END])
    ended = run_job("sessions", **places.parameters(GAP="1m", LONGEST_SESSION="24m"))
    assert ended.code == 0, ended.stderr
    robots = places.parquet("epoch_ms(session_start), epoch_ms(last_event), events, continued, cut, listener")
    wanted = [(0, 23.5, 48, False, True), (24, 41.5, 36 + 21, True, True), (42, 59.5, 36, True, False)]
    assert sorted(row[:5] for row in robots if row[5] == "robot") == [
        (first + int(start * 60_000), first + int(end * 60_000), *rest) for start, end, *rest in wanted
    ]
    (flagged,) = documents(places.opensearch, INDEX).values()
    assert (flagged["flags"], flagged["continued"], flagged["cut"]) == (["impossible-rate"], True, True)


def test_sessions_must_be_able_to_pause(places: Places, run_job: Run):
    ended = run_job("sessions", **places.parameters(GAP="1h", LONGEST_SESSION="3h"))
    assert ended.code == 2
    assert "--LONGEST_SESSION must be at least four times --GAP" in ended.stderr


def test_listening_ends_with_the_next_play_or_skip(places: Places, run_job: Run):
    lines = [
        # Heard whole (200 s), then one minute of it, then ten seconds, then whole, on another device.
        heard("1", 0, "u"),
        heard("2", 10, "u"),
        heard("3", 11, "u"),
        heard("s", 11 + 1 / 6, "u", event_type="skip"),
        {**heard("4", 30, "u"), "platform": "ios"},
        # A pause as long as the gap belongs to the session, a longer one does not.
        heard("5", 60, "u"),
        heard("6", 90.001, "u"),
        END,
    ]
    write_lines(places.source, "a.ndjson", lines)
    ended = run_job("sessions", **places.parameters())
    assert ended.code == 0, ended.stderr
    assert sorted(found(places)) == [
        ("u", at(0), at(60), 6, 5, 200 + 60 + 10 + 200 + 200, 2),
        ("u", at(90.001), at(90.001), 1, 1, 200, 0),
    ]
