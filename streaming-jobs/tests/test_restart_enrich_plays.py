"""`enrich_plays` through kill -9; and what it leaves, against DuckDB on the same files."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

from .catalogues import song, write_catalogue, written_at
from .conftest import Run, Submitted
from .event_files import canonical, write_lines
from .places import Places, query
from .storms import FILES, Storm, in_turn, survive

WATERMARK_MS = WITHIN_MS = 600_000


def prepare(root: Path, seed: int) -> Mapping[str, object]:
    """Files of plays, skips and likes, none of them late, some twice; with a song's id, or its name only."""
    random_ = random.Random(seed)
    source = root / "source"
    for file in range(FILES):
        lines: list[object] = ["no json"]
        for event in range(110):
            at_ms = 1_700_000_100_000 + int((file * 9 + random_.random() * 9) * 60_000)
            number = random_.randrange(4)
            known = song(number)
            line = canonical(
                f"{file}-{event}",
                at_ms,
                random_.choice(["play", "play", "skip", "like"]),
                user_id=f"u{random_.randrange(6)}",
                song_id="" if number == 3 else known["song_id"],
                artist=str(known["artist_name"]).upper(),
                song=f"{known['song_title']} (Live)",
            )
            lines += [line] * (2 if random_.random() < 0.1 else 1)
        write_lines(source, f"{file:02}.ndjson", lines)
    in_turn(source)
    catalogue = write_catalogue(root / "catalogue", [song(number) for number in (0, 1, 3)], "parquet")
    written_at(catalogue, 1_790_000_000)
    return {"FILES_PER_TRIGGER": 1, "CATALOGUE_PATH": catalogue}


STORM = Storm(
    job="enrich_plays",
    index="music-enriched-*",
    columns="event_at, kind, event_id, skipped_at, liked_at, match, score, catalogue_song_id, catalogue_version",
    prepare=prepare,
)


def in_duckdb(source: Path) -> list[tuple]:
    """Id, kind, time and what followed, of all that is final: by other means."""
    beside = f"other.listener = one.listener and other.song = one.song and other.ts - one.ts <= {WITHIN_MS}"
    first = f"(select min(ts) from events as other where {beside} and other.ts >= one.ts and other.kind ="
    later = "(other.ts, other.id) > (one.ts, one.id)"
    return query(
        f"""
        with events as (
          select distinct event_id as id, event_type as kind, timestamp as ts, user_id as listener,
            coalesce(nullif(song_id, ''), artist || ' / ' || song) as song, song_id
          from read_json('{source}/*.ndjson', format = 'newline_delimited', ignore_errors = true, columns = {{
            event_id: 'VARCHAR', event_type: 'VARCHAR', timestamp: 'BIGINT', user_id: 'VARCHAR', song_id: 'VARCHAR',
            artist: 'VARCHAR', song: 'VARCHAR'}})
          where event_id is not null
        ), followed as (
          select *, {first} 'skip') as skip_ts, {first} 'like') as like_ts, {first} 'play' and {later}) as next_ts,
            exists(select 1 from events as other where other.kind = 'play' and other.listener = one.listener
              and other.song = one.song and one.ts - other.ts between 0 and {WITHIN_MS}) as has_play
          from events as one
        )
        select id, kind, ts,
          case when kind = 'play' and (next_ts is null or skip_ts < next_ts) then skip_ts end,
          case when kind = 'play' and (next_ts is null or like_ts < next_ts) then like_ts end,
          case song_id when '' then 'name' when 's2' then 'none' else 'id' end
        from followed
        where (kind = 'play' or not has_play)
          and ts < (select max(ts) from events where kind = 'play') - {WATERMARK_MS + WITHIN_MS}
        """
    )


def test_every_sink_equals_that_of_a_run_without_a_crash(
    tmp_path: Path, run_job: Run, submitted: Submitted, opensearch_url: str
):
    survive(STORM, tmp_path, run_job, submitted, opensearch_url)
    smooth = Places(tmp_path / "smooth", tmp_path / "source", opensearch_url)
    left = smooth.parquet("event_id, kind, epoch_ms(event_at), epoch_ms(skipped_at), epoch_ms(liked_at), match")
    wanted = in_duckdb(tmp_path / "source")
    assert sorted(left, key=repr) == sorted(wanted, key=repr)
    assert len({row[1] for row in left}) == 3
    assert {row[5] for row in left} == {"id", "name", "none"}
