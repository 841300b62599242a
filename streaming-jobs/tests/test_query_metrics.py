"""The page for Prometheus: what promtool takes, on the real endpoint, of made-up queries with the oddest names."""

from __future__ import annotations

import os
import subprocess
import urllib.request
from collections import Counter
from collections.abc import Iterator
from urllib.error import HTTPError

import pytest

from shardline_jobs.lib.metric_table import metric_table
from shardline_jobs.lib.prometheus import MetricsEndpoint, exposition
from shardline_jobs.lib.query_metrics import QueryMetrics

NOW_MS = 1_700_000_000_000
PROGRESS = {
    "timestamp": "2023-11-14T22:13:00.000Z",
    "durationMs": {"triggerExecution": 2_500},
    "numInputRows": 40,
    "inputRowsPerSecond": 20.0,
    "processedRowsPerSecond": 16.0,
    "eventTime": {"max": "2023-11-14T22:12:50.000Z", "watermark": "2023-11-14T22:02:50.000Z"},
    "stateOperators": [
        {"numRowsTotal": 7, "memoryUsedBytes": 1_000, "numRowsDroppedByWatermark": 2},
        {"numRowsTotal": 5, "memoryUsedBytes": 500, "numRowsDroppedByWatermark": 1},
    ],
    "sources": [{"metrics": {"maxOffsetsBehindLatest": "12"}}, {"metrics": {}}],
}


def _metrics() -> QueryMetrics:
    letters = iter([Counter(), *[Counter({"decode-json": 3})] * 99])
    metrics = QueryMetrics({"spark_job": 'a "job"'}, {"run": "r\\1\n"}, metric_table().buckets_s, lambda: next(letters))
    metrics.started("live", NOW_MS - 60_000)
    metrics.progressed("live", PROGRESS, NOW_MS - 10_000)
    return metrics


def _value(page: str, name: str) -> float | None:
    found = [line for line in page.splitlines() if line.startswith((f"{name}{{", f"{name} "))]
    return float(found[0].rsplit(" ", 1)[1]) if found else None


@pytest.fixture
def endpoint() -> Iterator[MetricsEndpoint]:
    metrics = _metrics()
    endpoint = MetricsEndpoint(0, lambda: exposition(metric_table(), metrics.samples(NOW_MS)))
    yield endpoint
    endpoint.close()


def test_the_page_is_what_prometheus_reads_and_says_every_metric(endpoint: MetricsEndpoint):
    with urllib.request.urlopen(f"http://127.0.0.1:{endpoint.port}/metrics", timeout=30) as answer:
        page = answer.read().decode()
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    promtool = [os.environ["SHARDLINE_TEST_PROMTOOL"], "check", "metrics"]
    checked = subprocess.run(promtool, input=page, capture_output=True, text=True, check=False, timeout=60)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert [line.split()[2] for line in page.splitlines() if line.startswith("# TYPE")] == [
        each.name for each in metric_table().metrics
    ]
    labels = {name for each in metric_table().metrics for name in (*each.labels, *metric_table().labels)}
    assert labels >= {"query", "reason", "run", "spark_job"}
    with pytest.raises(HTTPError, match="404"):
        urllib.request.urlopen(f"http://127.0.0.1:{endpoint.port}/", timeout=30)


def test_what_a_batch_told_is_what_stands_there():
    metrics = _metrics()
    page = exposition(metric_table(), metrics.samples(NOW_MS))
    told = {each.name: _value(page, each.name) for each in metric_table().metrics if each.type != "histogram"}
    assert told == {
        "shardline_spark_build_info": 1,
        "shardline_spark_queries_running": 1,
        "shardline_spark_query_failures_total": 0,
        "shardline_spark_batches_total": 1,
        "shardline_spark_input_rows_total": 40,
        "shardline_spark_input_rows_per_second": 20,
        "shardline_spark_processed_rows_per_second": 16,
        "shardline_spark_progress_age_seconds": 10,
        # The batch began ten seconds after its latest event, and took 2.5.
        "shardline_spark_event_lag_seconds": 12.5,
        "shardline_spark_watermark_delay_seconds": 630,
        "shardline_spark_source_records_behind": 12,
        "shardline_spark_state_rows": 12,
        "shardline_spark_state_bytes": 1_500,
        "shardline_spark_late_rows_total": 3,
        "shardline_spark_dead_letters_total": 3,
    }
    assert 'le="1"} 0' in page
    assert 'le="2.5"} 1' in page
    assert 'le="+Inf"} 1' in page


def test_an_idle_query_has_no_rates_and_is_not_stuck_and_one_that_ended_keeps_its_counters_alone():
    metrics = _metrics()
    metrics.idle("live", NOW_MS)
    page = exposition(metric_table(), metrics.samples(NOW_MS))
    assert _value(page, "shardline_spark_input_rows_per_second") == 0
    assert _value(page, "shardline_spark_progress_age_seconds") == 0
    assert _value(page, "shardline_spark_state_rows") == 12

    # Nothing has come for a while: it is not behind.
    assert _value(page, "shardline_spark_event_lag_seconds") == 12.5
    later = exposition(metric_table(), metrics.samples(NOW_MS + 291_000))
    assert _value(later, "shardline_spark_event_lag_seconds") is None
    assert _value(later, "shardline_spark_state_rows") == 12

    metrics.ended("live", failed=True)
    page = exposition(metric_table(), metrics.samples(NOW_MS))
    assert _value(page, "shardline_spark_query_failures_total") == 1
    assert _value(page, "shardline_spark_input_rows_total") == 40
    for each in metric_table().metrics:
        if each.type == "gauge" and "query" in each.labels:
            assert _value(page, each.name) is None, each.name
