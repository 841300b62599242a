"""A Redshift to be tested on: PostgreSQL, with this between it and the driver.

It is the one seam of the tests, and lies outside the jobs: statements reach PostgreSQL as they are, but for COPY, which
is Redshift's alone. The driver is Amazon's own.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

#: What a PostgreSQL knows of the parameters with which a driver greets; Amazon's says more.
_KNOWN = ("user", "database", "client_encoding", "DateStyle", "TimeZone", "extra_float_digits", "application_name")

#: Handed each statement as it passes, before it is run and after; returns what is to be run in its place.
Before = Callable[[str], str]
After = Callable[[str], None]


class Cut(Exception):
    """Raised where the connection is to be cut."""


def _exactly(source: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        more = source.recv(min(length - len(data), 1 << 20))
        if not more:
            raise Cut
        data += more
    return data


def _greeting(source: socket.socket) -> bytes:
    """A greeting with what PostgreSQL knows of it."""
    (length,) = struct.unpack("!i", _exactly(source, 4))
    body = _exactly(source, length - 4)
    words = body[4:].rstrip(b"\0").split(b"\0")
    pairs = zip(words[::2], words[1::2], strict=True)
    kept = b"".join(key + b"\0" + value + b"\0" for key, value in pairs if key.decode() in _KNOWN)
    return struct.pack("!i", len(kept) + 9) + body[:4] + kept + b"\0"


def _message(source: socket.socket) -> tuple[bytes, bytes]:
    kind = _exactly(source, 1)
    (length,) = struct.unpack("!i", _exactly(source, 4))
    return kind, _exactly(source, length - 4)


def _packed(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


@dataclass
class _Session:
    """One connection: two threads hand on what comes from either side, until one side is gone."""

    driver: socket.socket
    server: socket.socket
    before: Before
    after: After
    #: Statements sent and not yet answered.
    sent: list[str] = field(default_factory=list)

    def run(self) -> None:
        with suppress(Cut, OSError):
            self.server.sendall(_greeting(self.driver))
            threading.Thread(target=self._answers, daemon=True).start()
            while True:
                kind, body = _message(self.driver)
                self.server.sendall(_packed(kind, self._passing(kind, body)))
        self.close()

    def _passing(self, kind: bytes, body: bytes) -> bytes:
        """Of a simple query, and of one to be prepared, its text lies open."""
        if kind == b"Q":
            return self._seen(body[:-1]) + b"\0"
        if kind == b"P":
            name, text, rest = body.split(b"\0", 2)
            return name + b"\0" + self._seen(text) + b"\0" + rest
        return body

    def _seen(self, text: bytes) -> bytes:
        self.sent.append(text.decode())
        return self.before(text.decode()).encode()

    def _answers(self) -> None:
        with suppress(Cut, OSError):
            while True:
                kind, body = _message(self.server)
                if kind == b"Z":
                    done, self.sent = self.sent, []
                    for statement in done:
                        self.after(statement)
                self.driver.sendall(_packed(kind, body))
        self.close()

    def close(self) -> None:
        for side in (self.driver, self.server):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()


@contextmanager
def redshift_wire(port: int, before: Before, after: After) -> Iterator[int]:
    """Serves a Redshift on a port of its own, in front of the PostgreSQL at `port`."""
    listener = socket.create_server(("127.0.0.1", 0))
    sessions: list[_Session] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                driver, _ = listener.accept()
                session = _Session(driver, socket.create_connection(("127.0.0.1", port)), before, after)
                sessions.append(session)
                threading.Thread(target=session.run, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        for session in sessions:
            session.close()
