"""A job on a Kinesis stream: every record once, from where the checkpoint says, also when shards are split."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from .conftest import Ended, Run
from .event_files import canonical
from .places import Places
from .search import documents, drop

URL = os.environ["SHARDLINE_TEST_KINESIS"]
INDEX = "music-trending-*"
AT = 1_700_000_100_000
WITHIN_S = 120


def call(operation: str, **fields: object) -> dict:
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"Kinesis_20131202.{operation}"}
    request = urllib.request.Request(URL, json.dumps(fields).encode(), headers)
    with urllib.request.urlopen(request) as response:
        return dict(json.loads(response.read() or b"{}"))


@pytest.fixture
def stream() -> Iterator[str]:
    name = f"events-{uuid.uuid4()}"
    call("CreateStream", StreamName=name, ShardCount=2)
    yield name
    call("DeleteStream", StreamName=name)


def put(stream: str, *values: object) -> None:
    """Any but bytes as JSON; their keys spread them over the shards."""
    raw = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in values]
    records = [{"Data": base64.b64encode(each).decode(), "PartitionKey": f"k{at}"} for at, each in enumerate(raw)]
    assert call("PutRecords", StreamName=stream, Records=records)["FailedRecordCount"] == 0


def aggregate(*records: bytes) -> bytes:
    """Several records in one, as KPL packs them (amazon-kinesis-producer, aggregation-format.md)."""

    def field(number: int, data: bytes) -> bytes:
        assert len(data) < 2**14
        return bytes([number << 3 | 2, len(data) & 127 | 128, len(data) >> 7]) + data

    body = field(1, b"k0") + b"".join(field(3, b"\x08\x00" + field(3, each)) for each in records)
    return b"\xf3\x89\x9a\xc2" + body + hashlib.md5(body, usedforsecurity=False).digest()


def play(event_id: str, artist: str) -> dict[str, object]:
    return canonical(event_id, AT, artist_id=artist)


def plays(url: str) -> dict[str, int]:
    return {each["key"]: each["plays"] for each in documents(url, INDEX).values() if each["dimension"] == "artist"}


def until(holds: Callable[[], bool], job: Job) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        assert job.thread.is_alive(), job.ended
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.2)


class Job:
    """A job that goes on until it is told to end."""

    def __init__(self, run_job: Run, parameters: dict[str, object]) -> None:
        self.ended: Ended | None = None

        def run() -> None:
            self.ended = run_job("trending", **parameters)

        self.thread = threading.Thread(target=run)
        self.thread.start()


@contextmanager
def running(spark: SparkSession, run_job: Run, parameters: dict[str, object]) -> Iterator[Job]:
    job = Job(run_job, parameters)
    try:
        yield job
    finally:
        while job.thread.is_alive():
            for query in spark.streams.active:
                query.stop()
            job.thread.join(0.2)
    assert job.ended is not None
    assert job.ended.code == 0, job.ended.stderr


def read_by(spark: SparkSession, query: str) -> int:
    """How many records a running query has read."""
    return sum(
        progress["numInputRows"]
        for each in spark.streams.active
        if each.name == query
        for progress in each.recentProgress
    )


@pytest.fixture
def places(tmp_path: Path, opensearch_url: str) -> Iterator[Places]:
    drop(opensearch_url, INDEX)
    yield Places(tmp_path, tmp_path, opensearch_url)
    drop(opensearch_url, INDEX)


def parameters_of(places: Places, stream: str) -> dict[str, object]:
    all_of_files = places.parameters(WINDOWS="1m/1m", TRIGGER="1s")
    files = ("SOURCE_PATH", "OUTPUT_PATH")
    common = {key: value for key, value in all_of_files.items() if key not in files}
    return {**common, "SOURCE": "kinesis", "KINESIS_STREAM": stream, "KINESIS_ENDPOINT": URL}


def test_records_of_all_shards_count_once_and_a_restart_goes_on_where_it_was(
    spark: SparkSession, run_job: Run, stream: str, places: Places
):
    parameters = parameters_of(places, stream)
    put(stream, play("e1", "a"), play("e2", "a"), b"no json", play("e3", "b"), play("e1", "a"))
    with running(spark, run_job, parameters) as job:
        until(lambda: plays(places.opensearch) == {"a": 2, "b": 1} and len(places.letters()) == 1, job)
        put(stream, aggregate(b"oops", json.dumps(play("e4", "b")).encode(), b"nope"))
        until(lambda: plays(places.opensearch) == {"a": 2, "b": 2} and len(places.letters()) == 3, job)
    letters = {base64.b64decode(each["raw"]): each for each in places.letters()}
    assert letters.keys() == {b"no json", b"oops", b"nope"}
    assert len({each["letter_id"] for each in letters.values()}) == 3
    letter = letters[b"no json"]
    assert (letter["reason"], letter["stream"], letter["shard"]) == ("decode-json", stream, "any")
    assert letter["partition_key"] == "k2"

    # While no job runs, a shard is split: its parent is read to its end, and its children from their beginning.
    put(stream, play("e5", "a"))
    (first, *_) = call("ListShards", StreamName=stream)["Shards"]
    call("SplitShard", StreamName=stream, ShardToSplit=first["ShardId"], NewStartingHashKey=str(2**126))
    put(stream, *[play(f"c{at}", "c") for at in range(20)])
    with running(spark, run_job, parameters) as job:
        until(lambda: plays(places.opensearch) == {"a": 3, "b": 2, "c": 20}, job)
        until(lambda: min(read_by(spark, "live"), read_by(spark, "letters")) >= 21, job)
        assert (read_by(spark, "live"), read_by(spark, "letters")) == (21, 21)
        put(stream, play("e6", "b"))
        until(lambda: plays(places.opensearch) == {"a": 3, "b": 3, "c": 20}, job)


def test_a_stream_cannot_be_read_once(run_job: Run, places: Places):
    ended = run_job("trending", **{**parameters_of(places, "events"), "TRIGGER": "once", "KINESIS_ENDPOINT": "x"})
    assert ended.code == 2
    assert "--KINESIS_ENDPOINT is 'x'; expected a URL such as https://kinesis." in ended.stderr
    ended = run_job("trending", **{**parameters_of(places, "events"), "TRIGGER": "once"})
    assert ended.code == 2
    assert "--TRIGGER once would read a part of a Kinesis stream" in ended.stderr
