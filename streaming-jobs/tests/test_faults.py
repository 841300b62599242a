"""What ends a job with a name, each on a real Spark; and that each name is documented."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import socket
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path

import pytest
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.readwriter import DataStreamWriter

from shardline_jobs.lib.events import events
from shardline_jobs.lib.faults import FAULTS
from shardline_jobs.lib.identity import CHECKPOINT_MARK, OUTPUT_MARK
from shardline_jobs.lib.job import COMMON, Job, run, window_of
from shardline_jobs.lib.parameters import Parameters

from .conftest import PROJECT, Ended, Run, words_of
from .event_files import canonical, write_lines
from .places import Places

DOCS = (PROJECT / "docs" / "spark-jobs.md").read_text(encoding="utf-8")
START_MS = 1_700_000_100_000


def _place(root: Path) -> Places:
    return Places(root, root / "source", "http://unused")


def _parameters(places: Places, **more: object) -> dict[str, object]:
    found = places.parameters(**more)
    found.pop("OPENSEARCH_NODE")
    return found


def _errors(ended: Ended) -> list[dict]:
    told = [json.loads(line) for line in ended.stderr.splitlines()]
    return [each for each in told if each["level"] == "error"]


def _refused(ended: Ended, code: int, fault: str) -> str:
    """What is told of the one thing that went wrong."""
    (error,) = _errors(ended)
    assert (ended.code, error["code"]) == (code, f"SHARDLINE_SPARK_{fault}"), error
    return str(error["error"])


def test_a_checkpoint_knows_its_job_and_what_it_was_begun_with(tmp_path: Path, run_job: Run):
    places = _place(tmp_path)
    write_lines(places.source, "a.ndjson", [canonical("p1", START_MS), canonical("p2", START_MS + 3_600_000)])
    parameters = _parameters(places, WINDOWS="1m/1m")
    assert run_job("trending", **parameters).code == 0
    rows = places.parquet("window_start, key")
    assert rows

    others: tuple[tuple[dict[str, object], str], ...] = (
        ({"WINDOWS": "1m/1m,1h/1h"}, "--WINDOWS was 1m/1m, is 1m/1m,1h/1h"),
        ({"WATERMARK": "1h"}, "--WATERMARK was 10m, is 1h"),
        ({"SHUFFLE_PARTITIONS": 3}, "--SHUFFLE_PARTITIONS was 2, is 3"),
        ({"SOURCE_PATH": tmp_path}, f"--SOURCE_PATH was {places.source}, is {tmp_path}"),
    )
    for change, said in others:
        assert said in _refused(run_job("trending", **{**parameters, **change}), 2, "CHECKPOINT_OTHER")
    sessions = {key: value for key, value in parameters.items() if key != "WINDOWS"}
    assert "of the job trending, this is sessions" in _refused(run_job("sessions", **sessions), 2, "CHECKPOINT_OTHER")

    # Spark would take the first batches of a new checkpoint for those that the folder's log has, and leave them out.
    anew = {**parameters, "CHECKPOINT_PATH": tmp_path / "anew"}
    assert str(places.root / "output") in _refused(run_job("trending", **anew), 2, "OUTPUT_OTHER")
    assert not (tmp_path / "anew" / "final").exists()
    # And the folder's log would lack what another one has.
    elsewhere = {**parameters, "OUTPUT_PATH": tmp_path / "elsewhere"}
    assert str(tmp_path / "elsewhere") in _refused(run_job("trending", **elsewhere), 2, "OUTPUT_OTHER")
    assert not (tmp_path / "elsewhere").exists()
    # The same said otherwise is the same; what is new is read.
    write_lines(places.source, "b.ndjson", [canonical("p3", START_MS + 7_200_000)])
    ended = run_job("trending", **{**parameters, "WATERMARK": "600s"})
    assert ended.code == 0, ended.stderr
    assert len(places.parquet("window_start, key")) > len(rows)


def test_the_best_of_another_checkpoint_are_not_written_into_the_same_folder(tmp_path: Path, run_job: Run):
    places = _place(tmp_path)
    write_lines(places.source, "a.ndjson", [canonical("p1", START_MS), canonical("p2", START_MS + 3_600_000)])
    parameters = _parameters(places, WINDOWS="1m/1m", TOP=1, TOP_PATH=tmp_path / "top")
    assert run_job("trending", **parameters).code == 0
    files = sorted((tmp_path / "top").rglob("*.parquet"))
    assert files

    # Of the same windows: they would stand there twice.
    anew = {**parameters, "CHECKPOINT_PATH": tmp_path / "anew", "OUTPUT_PATH": tmp_path / "anew-output"}
    assert f"--TOP_PATH {tmp_path / 'top'}" in _refused(run_job("trending", **anew), 2, "OUTPUT_OTHER")
    assert sorted((tmp_path / "top").rglob("*.parquet")) == files
    ended = run_job("trending", **parameters)
    assert ended.code == 0, ended.stderr


def test_a_checkpoint_from_before_there_were_marks_is_taken_over(tmp_path: Path, run_job: Run):
    places = _place(tmp_path)
    write_lines(places.source, "a.ndjson", [canonical("p1", START_MS)])
    parameters = _parameters(places, WINDOWS="1m/1m")
    assert run_job("trending", **parameters).code == 0
    marks = [tmp_path / "checkpoint" / CHECKPOINT_MARK, tmp_path / "output" / OUTPUT_MARK]

    for mark in marks:
        mark.unlink()
        mark.with_name(f".{mark.name}.crc").unlink()
    anew = {**parameters, "CHECKPOINT_PATH": tmp_path / "anew"}
    _refused(run_job("trending", **anew), 2, "OUTPUT_OTHER")
    _refused(run_job("trending", **anew), 2, "OUTPUT_OTHER")
    ended = run_job("trending", **parameters)
    assert ended.code == 0, ended.stderr
    assert "the checkpoint had no mark" in ended.stderr
    assert all(mark.exists() for mark in marks)

    marks[0].write_text("half a f")
    marks[0].with_name(f".{marks[0].name}.crc").unlink()
    assert "is no file of a job's" in _refused(run_job("trending", **parameters), 2, "CHECKPOINT_OTHER")


def _counting(*columns: Column) -> Callable[[SparkSession, Parameters, DataFrame], dict[str, DataStreamWriter]]:
    def queries(_spark: SparkSession, parameters: Parameters, records: DataFrame) -> dict[str, DataStreamWriter]:
        rows = events(records, window_of(parameters)).groupBy("user_id").agg(*columns)
        return {"counts": rows.writeStream.outputMode("update").format("noop")}

    return queries


def test_what_a_new_version_does_to_the_state_of_a_checkpoint(tmp_path: Path, spark: SparkSession):
    places = _place(tmp_path)
    parameters = _parameters(places)
    parameters.pop("OUTPUT_PATH")

    def version(*columns: Column) -> Ended:
        write_lines(places.source, f"{len(os.listdir(tmp_path))}{columns}.ndjson", [canonical("p1", START_MS)])
        err = io.StringIO()
        with redirect_stderr(err):
            code = run(Job("counting", COMMON, _counting(*columns)), words_of(parameters), spark)
        return Ended(code, "", err.getvalue())

    plays, latest = F.count("*").alias("plays"), F.max("at").alias("latest")
    assert version(plays).code == 0
    # Another name is no change; another column of the state is, and so is another type.
    assert version(plays.alias("heard")).code == 0
    for changed in ((plays, latest), (F.max("song_duration_seconds"),)):
        _refused_state(version(*changed))
    assert version(plays).code == 0


def _refused_state(ended: Ended) -> None:
    assert ended.code == 1
    assert "SHARDLINE_SPARK_STATE_CHANGED" in {error["code"] for error in _errors(ended)}, ended.stderr


@pytest.mark.parametrize("job", ["trending", "sessions"])
def test_a_job_that_finds_nothing_to_read_ends_well(tmp_path: Path, run_job: Run, job: str):
    places = _place(tmp_path)
    places.source.mkdir()
    ended = run_job(job, **_parameters(places))
    assert ended.code == 0, ended.stderr
    assert places.parquet("*") == []


def test_a_source_that_cannot_be_reached_has_a_name(tmp_path: Path, run_job: Run):
    parameters = _parameters(_place(tmp_path))
    assert str(tmp_path / "source") in _refused(run_job("trending", **parameters), 1, "SOURCE_UNAVAILABLE")

    parameters.pop("SOURCE_PATH")
    nowhere = {
        **parameters,
        "SOURCE": "kinesis",
        "KINESIS_STREAM": "s",
        "KINESIS_ENDPOINT": "http://127.0.0.1:9",
        "TRIGGER": "1s",
        "CHECKPOINT_PATH": tmp_path / "kinesis",
        "OUTPUT_PATH": tmp_path / "kinesis-output",
    }
    ended = run_job("trending", **nowhere)
    assert ended.code == 1
    assert {error["code"] for error in _errors(ended)} == {"SHARDLINE_SPARK_SOURCE_UNAVAILABLE"}, ended.stderr
    assert "Connection refused" in ended.stderr

    topic = {
        **parameters,
        "SOURCE": "kafka",
        "KAFKA_SERVERS": os.environ["SHARDLINE_TEST_KAFKA"],
        "KAFKA_TOPIC": "there-is-none",
        "CHECKPOINT_PATH": tmp_path / "kafka",
        "OUTPUT_PATH": tmp_path / "kafka-output",
    }
    ended = run_job("trending", **topic)
    assert ended.code == 1
    assert {error["code"] for error in _errors(ended)} == {"SHARDLINE_SPARK_SOURCE_UNAVAILABLE"}, ended.stderr


def test_a_checkpoint_that_cannot_be_written_and_a_port_that_is_taken_have_names(tmp_path: Path, run_job: Run):
    places = _place(tmp_path)
    places.source.mkdir()
    (tmp_path / "file").write_text("")
    blocked = _parameters(places, CHECKPOINT_PATH=tmp_path / "file" / "checkpoint")
    _refused(run_job("trending", **blocked), 1, "CHECKPOINT_UNUSABLE")
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        said = _refused(run_job("trending", **_parameters(places, METRICS_PORT=port)), 1, "PORT_TAKEN")
    assert f"--METRICS_PORT {port}" in said


def test_a_query_that_fails_is_counted(tmp_path: Path, run_job: Run):
    places = _place(tmp_path)
    write_lines(places.source, "a.ndjson", ["no json"])
    (tmp_path / "letters").write_text("")
    ended = run_job("trending", **_parameters(places, METRICS_EMF="stdout", METRICS_EMF_INTERVAL="1h"))
    assert ended.code == 1
    assert {error["code"] for error in _errors(ended)} >= {"SHARDLINE_SPARK_FAILED"}, ended.stderr
    failures = [json.loads(line).get("QueryFailures", 0) for line in ended.stdout.splitlines()]
    assert sum(failures) >= 1
    # Once its cause is mended, it goes on with the same batch.
    (tmp_path / "letters").unlink()
    assert run_job("trending", **_parameters(places)).code == 0
    assert len(places.letters()) == 1
    shutil.rmtree(tmp_path / "letters")


def test_every_fault_is_documented_and_no_other():
    rows = [f"| `{each.code}` | {each.exit} | {each.means} | {each.todo} |" for each in FAULTS]
    assert re.findall(r"^\| `SHARDLINE_SPARK_\w+` .*$", DOCS, re.MULTILINE) == rows
