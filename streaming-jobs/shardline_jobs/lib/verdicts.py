"""What becomes of OpenSearch's answers, by the service's own tables (`docs/delivery.md`, `verdicts.json`)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Row:
    """The first row that fits decides."""

    name: str
    statuses: str
    words: str
    action: str

    def fits(self, status: int | None, said: str, *, has_error: bool) -> bool:
        """Whether it is for an answer of this status and words; without a status there was no answer."""
        return self._fits_status(status) and self._fits_words(said, has_error=has_error)

    def _fits_status(self, status: int | None) -> bool:
        if self.statuses == "any":
            return status is not None
        for each in self.statuses.split(" "):
            if status is None:
                fits = each == "none"
            else:
                fits = status // 100 == int(each[0]) if each.endswith("xx") else each == str(status)
            if fits:
                return True
        return False

    def _fits_words(self, said: str, *, has_error: bool) -> bool:
        if self.words == "":
            return True
        return not has_error if self.words == "-" else re.search(self.words, said) is not None


@cache
def _tables() -> Mapping[str, Sequence[Row]]:
    raw = json.loads(resources.files("shardline_jobs").joinpath("verdicts.json").read_text("utf-8"))
    return {
        table: [Row(row["name"], row["statuses"], row["words"], row["action"]) for row in raw[table]]
        for table in ("items", "requests")
    }


def _row(table: str, status: int | None, error: Mapping | None, asked: str) -> Row:
    words = [asked, *((str(error.get("type") or ""), str(error.get("reason") or "")) if error else ())]
    said = " ".join(word for word in words if word)
    return next(row for row in _tables()[table] if row.fits(status, said, has_error=error is not None))


def item_action(status: int, error: Mapping | None, asked: str) -> str:
    """What to do with one document; `asked`: the operation, with its result behind it where there is one."""
    return _row("items", status, error, asked).action


def request_row(status: int | None, error: Mapping | None) -> Row:
    """What to do with a request that was not answered document by document."""
    return _row("requests", status, error, "")


def explain(status: int | None, error: Mapping | None) -> str:
    """Status, type, reason and cause in one line, for people."""
    error = error or {}
    cause = (error.get("caused_by") or {}).get("reason")
    return f"{status or 'no answer'} {error.get('type') or 'unknown'}: {error.get('reason') or 'no reason given'}" + (
        f" ({cause})" if cause else ""
    )
