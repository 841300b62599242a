"""Samples → CloudWatch's embedded metric format ("Specification: Embedded metric format", CloudWatch user guide)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from .metric_table import Metric, MetricTable
from .query_metrics import LONGEST, Sample

_NAMESPACE = "Shardline"
#: Few: CloudWatch bills each set of values of them as metrics of its own. `Query` is a field to search for.
_DIMENSIONS = ("Application", "Job")
_MADE_OF = {"histogram": LONGEST}


class EmfDocuments:
    """A line for each query, and one for the job itself. What is counted is counted since the lines before."""

    def __init__(self, table: MetricTable, fields: Mapping[str, str]) -> None:
        self._metrics = [metric for metric in table.metrics if metric.cloudwatch]
        self._fields = fields
        self._before: dict[tuple[str, str], float] = {}

    def _value(self, metric: Metric, query: str, samples: Iterable[Sample]) -> float | None:
        name = f"{metric.name}{_MADE_OF.get(metric.type, '')}"
        values = [each.value for each in samples if each.name == name]
        if not values:
            return None
        if metric.type != "counter":
            return max(values)
        total = sum(values)
        before = self._before.get((metric.name, query), 0.0)
        self._before[metric.name, query] = total
        return total - before

    def _document(self, query: str, samples: list[Sample], at_ms: int) -> str | None:
        values: dict[str, float] = {}
        units: list[dict[str, str]] = []
        for metric in self._metrics:
            value = self._value(metric, query, samples)
            if value is not None and metric.cloudwatch is not None:
                values[metric.cloudwatch.name] = value
                units.append({"Name": metric.cloudwatch.name, "Unit": metric.cloudwatch.unit})
        if not values:
            return None
        directive = {"Namespace": _NAMESPACE, "Dimensions": [_DIMENSIONS], "Metrics": units}
        named = {"Query": query} if query else {}
        about = {"_aws": {"Timestamp": at_ms, "CloudWatchMetrics": [directive]}}
        return json.dumps({**about, **self._fields, **named, **values})

    def lines(self, samples: Iterable[Sample], at_ms: int) -> list[str]:
        """The documents of this moment."""
        by_query: dict[str, list[Sample]] = {"": []}
        for each in samples:
            by_query.setdefault(each.labels.get("query", ""), []).append(each)
        made = (self._document(query, found, at_ms) for query, found in by_query.items())
        return [line for line in made if line is not None]
