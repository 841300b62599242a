"""The same sums in plain SQL: how fast they can be had without streaming, state and promises; and what they come to.

Usage: python -m bench.floor EVENTS RESULT: what `trending` counts, with listeners estimated as it does, into Parquet.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb

from shardline_jobs.lib.event_schema import event_schema
from shardline_jobs.lib.trending import SKIP, SlidingWindow

_COLUMNS = {
    **dict.fromkeys(("event_id", "event_type", "user_id", "artist_id", "artist", "song_id", "song"), "VARCHAR"),
    **dict.fromkeys(("session_id", "country", "page", "userId", "sessionId"), "VARCHAR"),
    "timestamp": "TIMESTAMPTZ",
    "ts": "BIGINT",
    "itemInSession": "BIGINT",
}


def _read(events: Path) -> str:
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in _COLUMNS.items())
    files = f"'{events}/*.ndjson'"
    return f"read_json({files}, format = 'newline_delimited', columns = {{{columns}}}, ignore_errors = true)"


def heard(events: Path) -> str:
    """Plays and skips, each id once."""
    plays = ", ".join(f"'{each}'" for each in sorted(event_schema().plays))
    return f"""
      select distinct on (id) * from (
        select
          coalesce(event_id, concat_ws('-', userId, sessionId, itemInSession)) as id,
          coalesce(ts, epoch_ms("timestamp")) as at_ms,
          coalesce(event_type in ({plays}), true) as is_play,
          coalesce(user_id, userId, session_id, sessionId) as listener,
          coalesce(artist_id, artist) as artist_key,
          coalesce(song_id, artist || ' / ' || song, song) as song_key,
          country
        from {_read(events)}
        where event_type in ({plays}, '{SKIP}') or page = 'NextSong'
      )"""


def sums(events: Path, windows: tuple[SlidingWindow, ...], listeners: str) -> str:
    """A row for each window, dimension and key; `listeners` says how to count those of `heard_by`."""
    lists = [
        f"list_transform(range({each.length_s // each.slide_s}), lambda n: {{'length': '{each.name}', "
        f"'start': (at_ms // {each.slide_s * 1_000} - n) * {each.slide_s * 1_000}, 'lasts': {each.length_s * 1_000}}})"
        for each in windows
    ]
    all_windows = f"flatten([{', '.join(lists)}])"
    return f"""
      with heard as ({heard(events)}), entities as (
        select at_ms, is_play, case when is_play then listener end as heard_by, unnest([
          {{'dimension': 'artist', 'key': artist_key}},
          {{'dimension': 'song', 'key': song_key}},
          {{'dimension': 'country', 'key': country}}
        ], recursive := true)
        from heard
      ), counted as (
        select dimension, key, is_play, heard_by, unnest({all_windows}, recursive := true)
        from entities where key is not null
      )
      select length, start, start + any_value(lasts) as ends, dimension, key,
        count(*) filter (is_play) as plays, {listeners} as listeners,
        count(*) filter (not is_play) as skips, count(*) as counted
      from counted group by length, start, dimension, key"""


def latest_heard(events: Path) -> str:
    """The latest event that counts: what Spark's watermark follows."""
    return f"select max(at_ms) from ({heard(events)})"


def main(events: Path, result: Path, windows: tuple[SlidingWindow, ...]) -> None:
    """One timed run on two threads."""
    begun = time.monotonic()
    with duckdb.connect(config={"threads": 2}) as connection:
        sql = sums(events, windows, "approx_count_distinct(heard_by)")
        target = result.with_suffix(".parquet")
        connection.sql(f"copy ({sql}) to '{target}' (format parquet, compression zstd)")
    result.write_text(json.dumps({"job_s": time.monotonic() - begun}))


if __name__ == "__main__":
    from shardline_jobs.lib.trending import sliding_windows

    main(Path(sys.argv[1]), Path(sys.argv[2]), sliding_windows(sys.argv[3]))
