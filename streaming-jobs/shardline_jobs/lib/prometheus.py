"""Samples → Prometheus' text format, and the endpoint on the driver that gives it to whoever asks."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .metric_table import Metric, MetricTable
from .query_metrics import Sample

_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: How long somebody may take to say what is wanted.
_REQUEST_WITHIN_S = 10.0
_PARTS = {"histogram": ("_bucket", "_sum", "_count")}


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) else repr(value)


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _of_metric(metric: Metric, samples: Iterable[Sample]) -> list[str]:
    names = {f"{metric.name}{part}" for part in _PARTS.get(metric.type, ("",))}
    lines = [f"{each.name}{{{_labels(each.labels)}}} {_number(each.value)}" for each in samples if each.name in names]
    if not lines:
        return []
    told = metric.help.replace("**", "").replace("\\", r"\\")
    return [f"# HELP {metric.name} {told}", f"# TYPE {metric.name} {metric.type}", *lines]


def exposition(table: MetricTable, samples: Iterable[Sample]) -> str:
    """The page ("Exposition formats", Prometheus' documentation)."""
    all_of_them = list(samples)
    return "".join(f"{line}\n" for metric in table.metrics for line in _of_metric(metric, all_of_them))


class MetricsEndpoint:
    """`GET /metrics` on every address of the machine until it is closed. Raises OSError where it cannot listen."""

    def __init__(self, port: int, page: Callable[[], str]) -> None:
        class Handler(BaseHTTPRequestHandler):
            timeout = _REQUEST_WITHIN_S

            def do_GET(self) -> None:
                found = self.path.partition("?")[0] == "/metrics"
                body = page().encode() if found else b"metrics are at /metrics\n"
                self.send_response(HTTPStatus.OK if found else HTTPStatus.NOT_FOUND)
                self.send_header("content-type", _TYPE if found else "text/plain")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Who asks is no news."""

        # Whoever scrapes is on another machine; there is nothing here but numbers.
        self._server = ThreadingHTTPServer(("0.0.0.0", port), Handler)  # noqa: S104
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Nobody is answered any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
