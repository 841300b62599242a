"""What a real OpenSearch refuses, and a job writes all the same: 413, 429, sign-in, and a while without answers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Run
from .event_files import canonical, write_lines
from .gate import gate
from .places import Places
from .search import ask, documents, drop

INDEX = "music-trending-*"
START_MS = 1_700_000_100_000
WITHIN_S = 300


@pytest.fixture(autouse=True)
def _without_indices(opensearch_url: str) -> Iterator[None]:
    drop(opensearch_url, INDEX)
    yield
    drop(opensearch_url, INDEX)


def _parameters(places: Places, **more: object) -> dict[str, object]:
    found = places.parameters(WINDOWS="1m/1m", SHUFFLE_PARTITIONS=1, **more)
    found.pop("OUTPUT_PATH")
    return found


def _artists(url: str) -> set[str]:
    found = documents(url, INDEX).values()
    return {each["key"] for each in found if each["dimension"] == "artist"}


def _play(number: int, artist: str = "Artist") -> dict[str, object]:
    return canonical(
        f"p{number}", START_MS, artist_id=f"a{number}", artist=artist, song_id=None, song=None, country=None
    )


def test_requests_that_are_too_large_are_halved_and_a_document_that_is_goes_to_the_letters(
    tmp_path: Path, run_job: Run, opensearch_url: str
):
    # The node takes 1 MiB at once.
    with gate(opensearch_url) as opened:
        places = Places(tmp_path, tmp_path / "source", opened.url)
        plays = [_play(number, "x" * 2_500) for number in range(800)]
        write_lines(places.source, "a.ndjson", [*plays, _play(800, "y" * 1_200_000)])
        ended = run_job("trending", **_parameters(places))
        assert ended.code == 0, ended.stderr
        assert opened.answers[413] >= 2
        assert opened.answers[200] >= 2
    assert _artists(opensearch_url) == {f"a{number}" for number in range(800)}
    (letter,) = places.letters()
    assert letter["reason"] == "sink-too-large"


def test_an_opensearch_short_of_memory_is_asked_again(tmp_path: Path, run_job: Run, opensearch_url: str):
    limit = "network.breaker.inflight_requests.limit"

    def bound(to: str | None) -> None:
        ask(opensearch_url, "PUT", "/_cluster/settings", {"transient": {limit: to}})

    with gate(opensearch_url) as opened:

        def relieve() -> None:
            deadline = time.monotonic() + WITHIN_S
            while opened.answers[429] < 3 and time.monotonic() < deadline:
                time.sleep(0.05)
            bound(None)

        places = Places(tmp_path, tmp_path / "source", opened.url)
        write_lines(places.source, "a.ndjson", [_play(number, "x" * 500) for number in range(300)])
        bound("50kb")
        relief = threading.Thread(target=relieve)
        relief.start()
        try:
            ended = run_job("trending", **_parameters(places))
        finally:
            relief.join()
        assert ended.code == 0, ended.stderr
        assert opened.answers[429] >= 3
    assert len(_artists(opensearch_url)) == 300
    assert places.letters() == []


def test_who_signs_in_is_let_in_and_who_does_not_is_told_so(tmp_path: Path, run_job: Run, opensearch_url: str):
    with gate(opensearch_url, "spark", "pass:word ü") as opened:
        places = Places(tmp_path, tmp_path / "source", opened.url)
        write_lines(places.source, "a.ndjson", [_play(1)])
        signed = _parameters(places, OPENSEARCH_AUTH="basic", OPENSEARCH_USERNAME="spark")
        for wrong in (_parameters(places), {**signed, "OPENSEARCH_PASSWORD": "hush"}):
            ended = run_job("trending", **wrong)
            assert ended.code == 1
            error = json.loads(ended.stderr.splitlines()[-1])
            assert error["code"] == "SHARDLINE_SPARK_SINK_UNAVAILABLE"
            assert "401" in error["error"]
            assert "hush" not in ended.stderr
        ended = run_job("trending", **signed, OPENSEARCH_PASSWORD="pass:word ü")
        assert ended.code == 0, ended.stderr
        assert "pass:word" not in ended.stderr
    assert _artists(opensearch_url) == {"a1"}


def test_an_opensearch_that_goes_away_stops_the_job_which_goes_on_with_the_same_batch(
    tmp_path: Path, run_job: Run, opensearch_url: str
):
    with gate(opensearch_url) as opened:
        places = Places(tmp_path, tmp_path / "source", opened.url)
        for file in range(2):
            write_lines(places.source, f"{file}.ndjson", [_play(number) for number in range(file * 10, file * 10 + 10)])
        parameters = _parameters(places, FILES_PER_TRIGGER=1, OPENSEARCH_RETRY_FOR="2s")
        opened.open = False
        ended = run_job("trending", **parameters)
        assert ended.code == 1
        (failed,) = [json.loads(line) for line in ended.stderr.splitlines() if '"level": "error"' in line]
        assert (failed["query"], failed["code"]) == ("live", "SHARDLINE_SPARK_SINK_UNAVAILABLE")
        assert f"OpenSearch at {opened.url} took nothing for 2 s" in failed["error"]
        live = tmp_path / "checkpoint" / "live"
        begun = (live / "offsets" / "0").read_text()
        assert not list((live / "commits").glob("[0-9]*"))

        opened.open = True
        ended = run_job("trending", **parameters)
        assert ended.code == 0, ended.stderr
        assert (live / "offsets" / "0").read_text() == begun
    assert _artists(opensearch_url) == {f"a{number}" for number in range(20)}
