"""The metrics of a job, each once: `metrics.json`, of which Prometheus, CloudWatch and the docs are made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class CloudWatch:
    """How CloudWatch has a metric: `statistic` tells what makes one number of several queries."""

    name: str
    unit: str
    statistic: str


@dataclass(frozen=True)
class Metric:
    """`labels` beside those that every series has."""

    name: str
    type: str
    labels: tuple[str, ...]
    help: str
    cloudwatch: CloudWatch | None = None


@dataclass(frozen=True)
class MetricTable:
    """`labels` are on every series."""

    labels: tuple[str, ...]
    buckets_s: tuple[float, ...]
    metrics: tuple[Metric, ...]


@cache
def metric_table() -> MetricTable:
    """Reads the definition."""
    read = json.loads(files("shardline_jobs").joinpath("metrics.json").read_text(encoding="utf-8"))
    metrics = (
        Metric(
            each["name"],
            each["type"],
            tuple(each["labels"]),
            each["help"],
            CloudWatch(**each["cloudwatch"]) if "cloudwatch" in each else None,
        )
        for each in read["metrics"]
    )
    return MetricTable(tuple(read["labels"]), tuple(read["buckets_seconds"]), tuple(metrics))
