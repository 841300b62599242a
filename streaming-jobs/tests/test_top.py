"""`trending --TOP` as it is started for real: what stands in OpenSearch, and what is final in Parquet."""

from __future__ import annotations

from pathlib import Path

from .conftest import Run
from .event_files import canonical, write_lines
from .places import Places, query
from .search import documents, drop

INDEX = "music-trending-*,music-top-*"
#: Minutes from here on are windows.
START_MS = 1_700_000_100_000


def plays(minute: int, artists: str) -> list[dict[str, object]]:
    """A play for each letter."""
    at_ms = START_MS + minute * 60_000
    return [
        canonical(
            f"{minute}-{n}", at_ms + n, artist_id=name, artist=name.upper(), song_id=None, song=None, country=None
        )
        for n, name in enumerate(artists)
    ]


def test_the_best_of_each_window_and_how_they_have_moved(tmp_path: Path, run_job: Run, opensearch_url: str):
    drop(opensearch_url, INDEX)
    places = Places(tmp_path, tmp_path / "source", opensearch_url)
    parameters = places.parameters(WINDOWS="1m/1m", TOP=2, TOP_PATH=tmp_path / "top")
    first = [*plays(0, "aaabbc"), *plays(1, "bbbccaa"), *plays(2, "cc")]
    write_lines(places.source, "a.ndjson", [line for line in first if line["event_id"] != "1-4"])

    def standing() -> list[tuple]:
        found = documents(opensearch_url, "music-top-*").values()
        fields = ("rank", "key", "label", "plays", "rank_before", "movement", "moved", "final")
        return sorted((each["@timestamp"][14:16], *(each.get(field) for field in fields)) for each in found)

    assert run_job("trending", **parameters).code == 0
    assert standing() == [
        ("15", 1, "a", "A", 3, None, "new", None, False),
        ("15", 2, "b", "B", 2, None, "new", None, False),
        ("16", 1, "b", "B", 3, 2, "up", 1, False),
        ("16", 2, "a", "A", 2, 1, "down", 1, False),
        ("17", 1, "c", "C", 2, None, "new", None, False),
    ]
    # A late play of c makes it equal with a, which comes first; two more put it before. Then all of that is over.
    late = canonical("late", START_MS + 61_000, artist_id="c", artist="C", song_id=None, song=None, country=None)
    more = [late, *[{**late, "event_id": f"late {n}"} for n in range(2)], *plays(30, "a")]
    write_lines(places.source, "b.ndjson", more)
    assert run_job("trending", **parameters).code == 0
    over = [
        ("15", 1, "a", "A", 3, None, "new", None, True),
        ("15", 2, "b", "B", 2, None, "new", None, True),
        ("16", 1, "c", "C", 4, None, "new", None, True),
        ("16", 2, "b", "B", 3, 2, "same", 0, True),
        ("17", 1, "c", "C", 2, 1, "same", 0, True),
    ]
    assert standing() == [*over, ("45", 1, "a", "A", 1, None, "new", None, False)]
    columns = "(epoch_ms(window_start) // 60000 % 60)::varchar, rank, key, label, plays, rank_before, movement, moved"
    final = query(f"select {columns} from read_parquet('{tmp_path}/top/year=2023/month=*/day=*/hour=*/*.parquet')")
    assert sorted(final, key=repr) == [row[:8] for row in over]
    assert not {each["dimension"] for each in documents(opensearch_url, "music-trending-*").values()} - {"artist"}
    drop(opensearch_url, INDEX)


def test_the_best_must_go_somewhere(tmp_path: Path, run_job: Run):
    places = Places(tmp_path, tmp_path, "http://localhost:9200")
    parameters = {**places.parameters(TOP=3), "OUTPUT_PATH": tmp_path / "output"}
    parameters.pop("OPENSEARCH_NODE")
    ended = run_job("trending", **parameters)
    assert (ended.code, "--TOP needs --OPENSEARCH_NODE or --TOP_PATH" in ended.stderr) == (2, True)
    ended = run_job("trending", **places.parameters(TOP_PATH=tmp_path / "top"))
    assert (ended.code, "--TOP_PATH needs --TOP" in ended.stderr) == (2, True)
    ended = run_job("trending", **places.parameters(TOP=3, TOP_PATH=tmp_path / "output"))
    assert (ended.code, "--TOP_PATH must be another folder than --OUTPUT_PATH" in ended.stderr) == (2, True)
