"""A proxy before the real OpenSearch: it asks who comes, as domains do, and shuts when a test says so."""

from __future__ import annotations

import base64
import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Gate:
    """`answers` counts the statuses of bulk requests, as they came through."""

    def __init__(self, behind: str, user: str = "", password: str = "") -> None:
        self.answers: Counter[int] = Counter()
        #: Whether bulk requests get through; else the connection is closed under them.
        self.open = True
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.wanted = f"Basic {pair}" if user else None
        self._behind = urlsplit(behind).netloc
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                bulk = self.path.startswith("/_bulk")
                if gate.wanted is not None and self.headers.get("authorization") != gate.wanted:
                    self._answer(401, b'{"error": "Unauthorized"}')
                elif bulk and not gate.open:
                    self.close_connection = True
                else:
                    self._forward(body, bulk)

            def _forward(self, body: bytes, bulk: bool) -> None:
                upstream = http.client.HTTPConnection(gate._behind, timeout=120)
                kind = {"content-type": self.headers["content-type"]} if body else {}
                upstream.request(self.command, self.path, body or None, kind)
                answer = upstream.getresponse()
                data = answer.read()
                if bulk:
                    gate.answers[answer.status] += 1
                self._answer(answer.status, data)
                upstream.close()

            def _answer(self, status: int, data: bytes) -> None:
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_PUT = do_POST = _pass  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@contextmanager
def gate(behind: str, user: str = "", password: str = "") -> Iterator[Gate]:
    opened = Gate(behind, user, password)
    try:
        yield opened
    finally:
        opened.close()
