"""`enrich_plays`, from files into Parquet and OpenSearch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .catalogues import logged, song, write_catalogue, written_at
from .conftest import Run
from .event_files import canonical, write_lines
from .places import Places
from .search import documents, drop

INDEX = "music-enriched-*"
MIDNIGHT_MS = 1_700_006_400_000


@pytest.fixture
def places(tmp_path: Path, opensearch_url: str) -> Iterator[Places]:
    drop(opensearch_url, INDEX)
    yield Places(tmp_path, tmp_path / "source", opensearch_url)
    drop(opensearch_url, INDEX)


def at(minute: float) -> int:
    return MIDNIGHT_MS + int(minute * 60_000)


def event(name: str, minute: float, kind: str = "play", song_: str = "s1", **more: object) -> dict[str, object]:
    return canonical(name, at(minute), kind, **{"song_id": song_, "artist": "Artist B", "song": "Title No. 1", **more})


#: Later than all that is waited for: it lets everything before it come out.
END = event("end", 600, "like", user_id="end")
END_PLAY = event("end-play", 600, user_id="end")


def test_a_play_comes_with_its_song_and_with_what_followed_it(places: Places, run_job: Run):
    catalogue = write_catalogue(places.root / "catalogue", [song(number) for number in range(20)])
    written_at(catalogue, 1_790_000_000)
    lines = [
        # The day of a document is that of its play.
        event("late", -1),
        event("skip", 1, "skip"),
        event("like", 9.5, "like"),
        # The next play of the song takes over.
        event("again", 8),
        event("by-name", 20, song_=""),
        event("nobody", 20, song_="", artist="Nobody", song="Nothing"),
        # Whose play never came.
        event("orphan", 20.5, "skip", song_="s7"),
        event("too-late", 40, "like"),
        "no event",
        END,
        END_PLAY,
    ]
    write_lines(places.source, "a.ndjson", lines)
    ended = run_job("enrich_plays", **places.parameters(CATALOGUE_PATH=catalogue))
    assert ended.code == 0, ended.stderr

    found = places.parquet(
        "event_id, kind, epoch_ms(skipped_at), epoch_ms(liked_at), match, score, catalogue_song_id, catalogue_year"
    )
    assert sorted(found) == [
        ("again", "play", None, at(9.5), "id", 1, "s1", 1991),
        ("by-name", "play", None, None, "name", 1, "s1", 1991),
        ("late", "play", at(1), None, "id", 1, "s1", 1991),
        ("nobody", "play", None, None, "none", None, None, None),
        ("orphan", "skip", None, None, "id", 1, "s7", 1997),
        ("too-late", "like", None, None, "id", 1, "s1", 1991),
    ]
    by_event = {each["event"]["id"]: each for each in documents(places.opensearch, INDEX).values()}
    assert by_event.keys() == {row[0] for row in found}
    late = by_event["late"]
    assert (late["skipped"], late["skipped_after_seconds"], late["liked"]) == (True, 120, False)
    assert (late["match"], late["score"], late["catalogue"]["artist_name"]) == ("id", 1, "Artist B")
    assert late["version"] == 1_790_000_000_000 * 4 + 1
    assert "skipped" not in by_event["orphan"]
    assert len(documents(places.opensearch, "music-enriched-2023.11.14")) == 1
    assert len(places.letters()) == 1
    assert logged(ended.stderr, "the catalogue is read")[0]["songs"] == 20
