"""What a job tells of itself, on a real Spark: each number is known from the files it read."""

from __future__ import annotations

import json
import re
from pathlib import Path

from shardline_jobs.lib.metric_table import metric_table

from .conftest import PROJECT, Run
from .event_files import canonical, write_lines
from .places import Places
from .storms import in_turn

START_MS = 1_700_000_100_000
DOCS = (PROJECT / "docs" / "spark-jobs.md").read_text(encoding="utf-8")


def _emf(stdout: str) -> dict[str, dict]:
    """The one document of each query, and of the job."""
    found: dict[str, dict] = {}
    for line in stdout.splitlines():
        document = json.loads(line)
        (directive,) = document["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "Shardline"
        assert directive["Dimensions"] == [["Application", "Job"]]
        units = {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]}
        assert units
        assert all(isinstance(document[name], int | float) for name in units)
        assert found.setdefault(document.get("Query", ""), document) is document, "one line each"
    return found


def test_a_job_tells_cloudwatch_and_its_log_what_it_did(tmp_path: Path, run_job: Run):
    places = Places(tmp_path, tmp_path / "source", "http://unused")
    for file in range(3):
        lines = [canonical(f"{file}-{event}", START_MS + file * 3_600_000 + event) for event in range(10)]
        # What is late is told by the watermark of the batch before.
        lines += [canonical("late", START_MS - 1_200_000)] if file == 2 else []
        write_lines(places.source, f"{file}.ndjson", [*lines, "no json"])
    in_turn(places.source)
    parameters = places.parameters(WINDOWS="1m/1m", FILES_PER_TRIGGER=1, METRICS_EMF="stdout")
    parameters.pop("OPENSEARCH_NODE")
    ended = run_job("trending", **parameters, APPLICATION="plays", METRICS_EMF_INTERVAL="1h")
    assert ended.code == 0, ended.stderr

    told = _emf(ended.stdout)
    assert set(told) == {"", "letters", "final"}
    assert {(each["Application"], each["Job"]) for each in told.values()} == {("plays", "trending")}
    assert told[""]["QueriesRunning"] == 0
    assert told[""]["DeadLetters"] == 3
    # A batch without records follows the last one: it writes what the watermark has passed.
    assert (told["letters"]["Batches"], told["final"]["Batches"]) == (3, 4)
    assert (told["letters"]["InputRows"], told["final"]["InputRows"]) == (34, 34)
    assert told["final"]["LateRows"] > 0
    assert told["final"]["BatchDuration"] > 0
    assert {each["QueryFailures"] for name, each in told.items() if name} == {0}

    log = [json.loads(line) for line in ended.stderr.splitlines()]
    assert {(each["application"], each["job"], each["level"]) for each in log} == {("plays", "trending", "info")}
    assert {each["run"] for each in log} == {each["Run"] for each in told.values()}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", each["time"]) for each in log)
    batches = [(each["query"], each["batch"]) for each in log if each["msg"] == "batch done"]
    assert sorted(batches) == [*(("final", batch) for batch in range(4)), *(("letters", batch) for batch in range(3))]


def test_each_metric_is_listed_as_it_is_and_no_other():
    rows = []
    for each in metric_table().metrics:
        labels = "".join(f"`{label}`, " for label in each.labels)[:-2]
        rows.append(f"| `{each.name}` | {each.type} | {labels + ' ' if labels else ''}| {each.help} |")
    assert re.findall(r"^\| `shardline_spark_\w+` .*$", DOCS, re.MULTILINE) == rows


def test_each_metric_of_cloudwatch_is_listed_as_it_is_and_no_other():
    rows = [
        f"| `{each.cloudwatch.name}` | {each.cloudwatch.unit} | {each.cloudwatch.statistic} | `{each.name}` |"
        for each in metric_table().metrics
        if each.cloudwatch
    ]
    assert re.findall(r"^\| `[A-Z][a-z]\w+` .*$", DOCS, re.MULTILINE) == rows
    assert len(rows) == len(set(rows))
