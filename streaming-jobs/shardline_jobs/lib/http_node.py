"""One OpenSearch node behind HTTP: requests in, answers out, never an exception for what the network does."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .sigv4 import NoCredentials, Scope, forget, signed

_REFUSED = (401, 403)
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
    """`none`, `basic` with user and password, or `sigv4` with a scope."""

    user: str | None = None
    password: str | None = field(default=None, repr=False)
    scope: Scope | None = None

    def headers(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> dict[str, str]:
        """The request's own, and those that say who sends it. Raises NoCredentials."""
        if self.scope is not None:
            return signed(self.scope, method, url, headers, body)
        if self.user is None:
            return headers
        pair = f"{self.user}:{self.password or ''}".encode()
        return {**headers, "authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}

    def refused(self) -> None:
        """What was sent did not do: other credentials may."""
        if self.scope is not None:
            forget()


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
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._sign_in = sign_in or SignIn()
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
        headers: dict[str, str] = {}
        target = self._base + path
        if body is not None:
            headers["content-type"] = "application/x-ndjson" if ndjson else "application/json"
        try:
            headers = self._sign_in.headers(method, self._origin + target, headers, body)
            connection = self._connect()
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            data = response.read(_MOST_ANSWER_BYTES)
        except (OSError, http.client.HTTPException, NoCredentials) as error:
            self.close()
            return Answer(None, error={"type": type(error).__name__, "reason": str(error)})
        if response.status in _REFUSED:
            self._sign_in.refused()
        return _answer(response.status, data, response.headers.get("retry-after"))


def _answer(status: int, data: bytes, retry_after: str | None) -> Answer:
    try:
        body = json.loads(data) if data else {}
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    error = body.get("error")
    # AWS's own refusals are not OpenSearch's: {"message": …}, Serverless {"Message": …}.
    if error is None:
        error = body.get("message") or body.get("Message")
    if isinstance(error, str):
        error = {"reason": error}
    if status < 300:
        return Answer(status, body)
    return Answer(status, body, error if isinstance(error, dict) else {}, _retry_after(retry_after))
