"""A line of JSON on stderr for each thing that matters, with the fields of the service's log (src/telemetry/log.ts)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Log:
    """`base`: fields of every line: application, job and run; with one query's, also that."""

    base: Mapping[str, object]
    now: Callable[[], datetime] = _now

    def _write(self, level: str, message: str, fields: Mapping[str, object]) -> None:
        time = self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        known = {name: value for name, value in fields.items() if value is not None}
        line = json.dumps({"level": level, "time": time, **self.base, **known, "msg": message}, default=str)
        # In one go: lines of several threads do not mix.
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    def info(self, message: str, **fields: object) -> None:
        """As it should be."""
        self._write("info", message, fields)

    def warn(self, message: str, **fields: object) -> None:
        """Worth a look; it goes on."""
        self._write("warn", message, fields)

    def error(self, message: str, **fields: object) -> None:
        """It does not go on."""
        self._write("error", message, fields)
