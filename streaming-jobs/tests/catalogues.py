"""Catalogues of songs for tests, in every kind of file."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import duckdb

from .event_files import write_lines

Song = dict[str, object]


def song(number: int, **more: object) -> Song:
    """Song s<number> by one of ten artists."""
    return {
        "song_id": f"s{number}",
        "song_title": f"Title No. {number}",
        "artist_id": f"a{number % 10}",
        "artist_name": f"Artist {chr(65 + number % 10)}",
        "genre": "pop",
        "year": 1990 + number % 30,
        "duration_seconds": 200.5,
        **more,
    }


def write_catalogue(folder: Path, songs: Sequence[Song], kind: str = "ndjson") -> Path:
    """One file in the folder, there at once, replacing what was there."""
    for old in folder.glob(f"songs.{kind}"):
        old.unlink()
    lines = write_lines(folder, "songs.ndjson", songs)
    if kind != "ndjson":
        made = folder.parent / f".songs.{kind}"
        duckdb.sql(f"copy (select * from read_json('{lines}', format = 'newline_delimited')) to '{made}'")
        lines.unlink()
        made.rename(folder / f"songs.{kind}")
    return folder


def written_at(folder: Path, second: int) -> None:
    """Sets when its files were written."""
    for file in folder.iterdir():
        os.utime(file, (second, second))


def logged(stderr: str, message: str) -> list[dict]:
    """The lines of a job's log of one kind."""
    lines = [json.loads(line) for line in stderr.splitlines() if line.startswith("{")]
    return [line for line in lines if line["msg"] == message]
