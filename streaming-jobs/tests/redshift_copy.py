"""COPY of Parquet by a manifest, as Redshift's documentation has it, on PostgreSQL: as one INSERT of the same rows.

Database Developer Guide: "COPY from columnar data formats", "Using a manifest to specify data files" and "Character
types".
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import urllib.request
from datetime import datetime
from pathlib import Path

import duckdb

COPY = re.compile(
    r"COPY \"(?P<table>[a-z_]+)\" FROM '(?P<manifest>s3://[^']+)' "
    r"IAM_ROLE (default|'arn:aws:iam::[0-9]{12}:role/[A-Za-z]+') FORMAT AS PARQUET MANIFEST ACCEPTINVCHARS"
)
SCRATCH = re.compile(r'CREATE TEMPORARY TABLE "(?P<table>[a-z_]+)" \((?P<columns>.+)\)')
#: What DuckDB calls a column of a file, and what a column of the table must then be: COPY converts nothing.
_SAME = {
    "VARCHAR": "VARCHAR",
    "BIGINT": "BIGINT",
    "INTEGER": "INTEGER",
    "DOUBLE": "DOUBLE PRECISION",
    "BOOLEAN": "BOOLEAN",
    "TIMESTAMP": "TIMESTAMP",
}
_LONGEST = 1_024


class Refused(Exception):
    """What Redshift would say no to."""


def s3(url: str, method: str = "GET") -> tuple[int, bytes]:
    """Length and contents of an object."""
    address = f"{os.environ['SHARDLINE_TEST_S3']}/{url.removeprefix('s3://')}"
    # moto looks for a signature, not at it.
    request = urllib.request.Request(address, method=method, headers={"authorization": "AWS local:local"})
    with urllib.request.urlopen(request) as answer:
        return int(answer.headers["content-length"]), answer.read()


def _entries(manifest: str) -> list[str]:
    """The files that a manifest lists, each proved to be there and as long as it says."""
    entries = json.loads(s3(manifest)[1])["entries"]
    if not entries:
        raise Refused("the manifest lists no file")
    for entry in entries:
        if set(entry) != {"url", "mandatory", "meta"} or entry["mandatory"] is not True:
            raise Refused(f"the entry {entry} is none")
        length, _ = s3(entry["url"], "HEAD")
        if entry["meta"] != {"content_length": length}:
            raise Refused(f"{entry['url']} has {length} bytes, not {entry['meta']}")
    return [entry["url"] for entry in entries]


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value)
    text = value.isoformat(" ") if isinstance(value, datetime) else str(value)
    if len(text.encode()) > _LONGEST or "\0" in text:
        raise Refused(f"{text[:80]!r} does not fit")
    return "'" + text.replace("'", "''") + "'"


def _rows(files: list[str], declared: list[str]) -> list[tuple]:
    rows: list[tuple] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, url in enumerate(files):
            path = Path(folder) / f"{number}.parquet"
            path.write_bytes(s3(url)[1])
            read = duckdb.connect().execute(f"select * from read_parquet('{path}')")
            assert read.description is not None
            found = [_SAME.get(str(column[1]), str(column[1])) for column in read.description]
            if found != declared:
                raise Refused(f"{url} has columns {found}, the table {declared}")
            rows += read.fetchall()
    return rows


def copied(statement: str, scratch: str) -> str:
    """The INSERT in the place of a COPY into the table that `scratch` has made."""
    copy, made = COPY.fullmatch(statement), SCRATCH.fullmatch(scratch)
    assert copy is not None, statement
    assert made is not None, scratch
    assert copy["table"] == made["table"]
    declared = [re.sub(r'^"[a-z_]+" |\([0-9]+\)| NOT NULL$', "", each) for each in made["columns"].split(", ")]
    rows = _rows(_entries(copy["manifest"]), declared)
    values = ", ".join(f"({', '.join(_literal(value) for value in row)})" for row in rows)
    return f'INSERT INTO "{copy["table"]}" VALUES {values}'
