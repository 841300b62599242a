"""One OpenSearch node behind HTTP: requests in, answers out, never an exception for what the network does."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_TIMEOUT_S = 30.0
_MOST_ANSWER_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """`status` None: there was no answer; then `error` says why."""

    status: int | None
    body: Mapping[str, object] = field(default_factory=dict)
    error: Mapping[str, object] | None = None
    retry_after_s: float = 0.0


@dataclass(frozen=True)
class SignIn:
    """`none`, or `basic` with user and password."""

    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def headers(self) -> dict[str, str]:
        """What each request says of who sends it."""
        if self.user is None:
            return {}
        pair = f"{self.user}:{self.password or ''}".encode()
        return {"authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}


def _retry_after(text: str | None) -> float:
    return float(text) if text and text.isdigit() else 0.0


class Node:
    """Keeps one connection and opens it anew after whatever went wrong with it."""

    def __init__(self, url: str, sign_in: SignIn | None = None) -> None:
        parts = urlsplit(url)
        self.shown = url
        self._https = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port
        self._base = parts.path.rstrip("/")
        self._headers = (sign_in or SignIn()).headers()
        self._connection: http.client.HTTPConnection | None = None

    def _connect(self) -> http.client.HTTPConnection:
        if self._connection is None:
            if self._https:
                context = ssl.create_default_context()
                self._connection = http.client.HTTPSConnection(
                    self._host, self._port, timeout=_TIMEOUT_S, context=context
                )
            else:
                self._connection = http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT_S)
        return self._connection

    def close(self) -> None:
        """The next request opens a connection of its own."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def request(self, method: str, path: str, body: bytes | None = None, *, ndjson: bool = False) -> Answer:
        """One request; JSON both ways unless `ndjson` says lines of it are sent."""
        headers = dict(self._headers)
        if body is not None:
            headers["content-type"] = "application/x-ndjson" if ndjson else "application/json"
        try:
            connection = self._connect()
            connection.request(method, self._base + path, body, headers)
            response = connection.getresponse()
            data = response.read(_MOST_ANSWER_BYTES)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return Answer(None, error={"type": type(error).__name__, "reason": str(error)})
        return _answer(response.status, data, response.headers.get("retry-after"))


def _answer(status: int, data: bytes, retry_after: str | None) -> Answer:
    try:
        body = json.loads(data) if data else {}
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    error = body.get("error")
    if isinstance(error, str):
        error = {"reason": error}
    if status < 300:
        return Answer(status, body)
    return Answer(status, body, error if isinstance(error, dict) else {}, _retry_after(retry_after))
