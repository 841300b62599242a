"""Whether what a run has left is what it should be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from shardline_jobs.lib.trending import LISTENERS_ERROR, SlidingWindow

from .floor import heard, latest_heard, sums


def written(output: Path) -> Mapping[int, Sequence[str]]:
    """The files of each micro-batch, by the log of Spark's file sink; every tenth entry repeats all before it."""
    entries = sorted((output / "_spark_metadata").glob("[0-9]*"), key=lambda entry: int(entry.name.split(".")[0]))
    seen: set[str] = set()
    batches: dict[int, Sequence[str]] = {}
    for entry in entries:
        # Line 1 is its format's version.
        paths = [json.loads(line)["path"].removeprefix("file://") for line in entry.read_text().splitlines()[1:]]
        batches[int(entry.name.split(".")[0])] = [path for path in paths if path not in seen]
        seen.update(paths)
    return batches


def most_files(output: Path) -> int:
    """The most files that one micro-batch has put into one Parquet partition."""
    folders = [Counter(str(Path(path).parent) for path in paths) for paths in written(output).values()]
    return max((count for each in folders for count in each.values()), default=0)


def _files(output: Path) -> list[str]:
    return [path for paths in written(output).values() for path in paths]


def wrong_sums(events: Path, output: Path, windows: tuple[SlidingWindow, ...], watermark_ms: int) -> list[str]:
    """What is other in the output than in the windows that are over, counted by plain SQL. Counts are exact."""
    files = _files(output)
    keys = "length, start, dimension, key"
    with duckdb.connect(config={"threads": 2}) as db:
        db.execute(f"create table told as {sums(events, windows, 'count(distinct heard_by)')}")
        db.execute(f"delete from told where ends > ({latest_heard(events)}) - {watermark_ms}")
        db.execute(
            f"create table found as select length, epoch_ms(window_start) as start, dimension, key, plays, listeners, "
            f"skips, counted from read_parquet({files}, hive_partitioning = false)"
        )
        exact = f"{keys}, plays, skips, counted"
        asked = {
            "rows that are missing": f"(select {exact} from told except all select {exact} from found)",
            "rows that should not be there": f"(select {exact} from found except all select {exact} from told)",
            "rows with listeners beyond four standard errors": f"found join told using ({keys}) "
            f"where abs(found.listeners - told.listeners) > {4 * LISTENERS_ERROR} * told.listeners",
        }
        counts = {what: db.execute(f"select count(*) from {rows}").fetchall()[0][0] for what, rows in asked.items()}
        ((rows,),) = db.execute("select count(*) from told").fetchall()
    wrong = [f"{count} {what}" for what, count in counts.items() if count > 0]
    return wrong if rows > 0 else ["no window is over", *wrong]


#: All plays this far behind the latest event are out: the watermark has passed them and what could have followed.
_SETTLED_MS = 30 * 60_000


def wrong_enriched(events: Path, output: Path) -> list[str]:
    """Plays that are missing, there twice or made up, or that have another song than theirs."""
    # The number in a song's id and that in its title are the same.
    song = "'s' || regexp_extract(song_key, '[0-9]+$')"
    with duckdb.connect(config={"threads": 2}) as db:
        db.execute(f"create table told as select id, at_ms, song_key from ({heard(events)}) where is_play")
        db.execute(
            f"create table found as select event_id as id, catalogue_song_id as song "
            f"from read_parquet({_files(output)}, hive_partitioning = false) where kind = 'play'"
        )
        asked = {
            "plays that are missing": f"told anti join found using (id) "
            f"where at_ms < (select max(at_ms) from told) - {_SETTLED_MS}",
            "plays that never were": "found anti join told using (id)",
            "plays that are there twice": "(select id from found group by id having count(*) > 1)",
            "plays with another song": f"found join told using (id) where song is distinct from {song}",
        }
        counts = {what: db.execute(f"select count(*) from {rows}").fetchall()[0][0] for what, rows in asked.items()}
    return [f"{count} {what}" for what, count in counts.items() if count > 0]
