"""`shardline demo --with-spark`: the job `trending` beside the service, on one stream, into one OpenSearch."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from .conftest import PROJECT
from .event_files import canonical, write_lines
from .search import documents, drop

DAY = "1998-03-01T"
WITHIN_S = 600
DEMO = (os.environ["SHARDLINE_TEST_NODE"], str(PROJECT / "bin" / "shardline.js"), "demo", "--with-spark")


@dataclass(frozen=True)
class Demo:
    process: subprocess.Popen
    out: Path
    err: Path

    def said(self) -> str:
        return self.out.read_text() + self.err.read_text()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Starts a demo as a user would."""
    started: list[Demo] = []

    def start(*argv: object) -> Demo:
        out, err = tmp_path / "out", tmp_path / "err"
        with out.open("wb") as stdout, err.open("wb") as stderr:
            words = [*DEMO, "--workers", "1", *map(str, argv)]
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)
        started.append(Demo(process, out, err))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()


def until(holds: Callable[[], object], said: Callable[[], str]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline, said()
        time.sleep(0.2)


def family(ancestor: int) -> list[int]:
    """A process and all that it has started, by their parents."""
    rows = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout.splitlines()
    pairs = [tuple(map(int, row.split())) for row in rows]
    members = [ancestor]
    for member in members:
        members += [pid for pid, parent in pairs if parent == member]
    return members


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def get(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        return str(answer.read().decode())


def test_once_it_ends_when_trending_has_counted_every_play(
    tmp_path: Path, demo: Callable[..., Demo], opensearch_url: str
):
    for index in ("music-events-*", "music-trending-*"):
        drop(opensearch_url, index)
    plays = [canonical(f"p{n}", f"{DAY}{n:02}:00:00Z", artist_id=f"a{n % 3}") for n in range(20)]
    others = [canonical("s1", f"{DAY}05:00:00Z", "skip"), {"event_id": "n1", "event_type": "play", "timestamp": 0}]
    write_lines(tmp_path / "events", "a.ndjson", [*plays, *plays[:5], *others, "no json"])
    argv = ("--once", "--events", tmp_path / "events", "--opensearch", opensearch_url)
    once = demo(*argv)
    assert once.process.wait(WITHIN_S) == 0, once.said()
    said = once.out.read_text()
    # A play without an artist is none of any artist's.
    assert "sum: 22 indexed + 5 duplicates + 1 dead letters = 28 of 28 produced\n" in said
    assert "\ntrending: 20 plays of 3 artists, of 20 indexed\n" in said
    charted = documents(opensearch_url, "music-trending-1998.03.01").values()
    of_the_day = [each for each in charted if each["window"]["length"] == "1d" and each["dimension"] == "artist"]
    assert sorted((each["key"], each["plays"]) for each in of_the_day) == [("a0", 7), ("a1", 7), ("a2", 6)]

    # What is there already could not be told from what this run counts.
    again = demo(*argv)
    assert again.process.wait(WITHIN_S) == 2
    assert re.fullmatch(r"shardline: --once --with-spark compares .* of an earlier run.*\n", again.err.read_text())
    for index in ("music-events-*", "music-trending-*"):
        drop(opensearch_url, index)


def test_the_status_page_links_to_what_is_trending_and_a_demo_that_is_killed_leaves_nothing(
    demo: Callable[..., Demo], opensearch_url: str
):
    live = demo("--opensearch", opensearch_url)
    until(lambda: "Ctrl-C stops everything" in live.out.read_text(), live.said)
    (page,) = re.findall(r"^Status page +(\S+)$", live.out.read_text(), re.M)
    (link,) = re.findall(r'<a href="([^"]+)">Trending now, by Spark</a>', get(page))
    assert f"\nTrending      {link}\n" in live.out.read_text()
    until(lambda: "Top by artist" in get(link), live.said)
    assert re.search(r'<td>[^<]+</td><td class="whole">[1-9]', get(link))
    members = family(live.process.pid)
    assert len(members) >= 6
    live.process.send_signal(signal.SIGKILL)
    live.process.wait()
    until(lambda: not any(map(running, members)), lambda: f"{[pid for pid in members if running(pid)]} still run")
    for index in ("music-events-*", "music-trending-*"):
        drop(opensearch_url, index)
