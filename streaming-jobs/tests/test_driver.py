"""A driver of its own, as `spark-submit` starts it: asked for its metrics while it runs, and ended by signals."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from .conftest import Submitted
from .event_files import canonical, write_lines
from .places import Places

WITHIN_S = 240


def _until(found: Callable[[], object], process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not found():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def _told(log: Path) -> list[dict]:
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith('{"level"')]


def _value(page: str, name: str, query: str) -> float | None:
    found = re.search(rf'^{name}\{{spark_job="trending",query="{query}"\}} (\S+)$', page, re.MULTILINE)
    return float(found[1]) if found else None


def test_a_driver_waits_for_events_tells_its_metrics_and_ends_when_it_is_told_to(tmp_path: Path, submitted: Submitted):
    places = Places(tmp_path, tmp_path / "source", "http://unused")
    places.source.mkdir()
    parameters = places.parameters(WINDOWS="1m/1m", TRIGGER="1s", METRICS_PORT=0)
    parameters.pop("OPENSEARCH_NODE")
    log = tmp_path / "trending.log"

    process = submitted("trending", **parameters)
    _until(lambda: [each for each in _told(log) if "port" in each], process, log)
    (port,) = (each["port"] for each in _told(log) if "port" in each)

    def page() -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
            return str(answer.read().decode())

    # An empty stream is nothing bad: it waits.
    _until(lambda: re.search(r"queries_running\S* 2$", page(), re.MULTILINE), process, log)
    assert _value(page(), "shardline_spark_batches_total", "final") == 0
    write_lines(places.source, "a.ndjson", [canonical(f"p{at}", 1_700_000_100_000 + at) for at in range(50)])
    _until(lambda: _value(page(), "shardline_spark_input_rows_total", "final") == 50, process, log)
    _until(lambda: _value(page(), "shardline_spark_input_rows_total", "letters") == 50, process, log)
    # Songs and artists in the windows of a minute, and ids.
    rows, state_bytes = (_value(page(), f"shardline_spark_state_{what}", "final") for what in ("rows", "bytes"))
    assert rows is not None
    assert rows > 50
    assert state_bytes is not None
    assert state_bytes > 0
    assert (_value(page(), "shardline_spark_event_lag_seconds", "final") or 0) > 86_400
    # The batch after the first one has a watermark.
    _until(lambda: (_value(page(), "shardline_spark_watermark_delay_seconds", "final") or 0) > 86_400, process, log)

    # As Kubernetes and YARN do: to the first process alone, which is Java's.
    process.send_signal(signal.SIGTERM)
    assert process.wait(WITHIN_S) == 143, log.read_text()
    _ended_quietly(log, "SIGTERM")

    # As a terminal does: to all of them at once. It was waiting again.
    log.unlink()
    process = submitted("trending", **parameters)
    _until(lambda: [each for each in _told(log) if "port" in each], process, log)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(WITHIN_S) == 130, log.read_text()
    _ended_quietly(log, "SIGINT")


def _ended_quietly(log: Path, name: str) -> None:
    last = _told(log)[-1]
    assert (last["level"], last["signal"]) == ("info", name)
    assert {each["level"] for each in _told(log)} == {"info"}
    text = log.read_text()
    for word in ("Traceback", "py4j.", " ERROR "):
        assert word not in text, text
