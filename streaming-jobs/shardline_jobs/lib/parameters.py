"""Job parameters as Glue gives them, `--KEY value`: all checked at once, shown with secrets hidden."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from .keys import is_ours, may_sign_in

_DURATION = re.compile(r"([1-9][0-9]{0,5})(ms|s|m|h|d)")
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

Read = Callable[[str], object]


class WrongParameters(Exception):
    """Everything that is wrong with a job's parameters, a line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Parameter:
    """One `--KEY`: how its text is read (ValueError says what was expected), its default as text, its line of doc."""

    key: str
    doc: str
    read: Read = str
    #: None: it must be given. "": it may be left out, and is None then.
    default: str | None = None
    secret: bool = False
    #: A key and values of it: only beside one of those it may be given, and is it missed.
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parameters:
    """Read values by key. `shown` is what may be printed."""

    values: Mapping[str, object]
    shown: Sequence[str]

    def text(self, key: str) -> str:
        """A text that is there."""
        return str(self.values[key])

    def maybe(self, key: str) -> str | None:
        """A text that may be left out."""
        value = self.values[key]
        return None if value is None else str(value)

    def whole(self, key: str) -> int:
        """A whole number."""
        value = self.values[key]
        assert isinstance(value, int), key
        return value

    def duration(self, key: str) -> timedelta:
        """A duration."""
        value = self.values[key]
        assert isinstance(value, timedelta), key
        return value


def duration(text: str) -> timedelta:
    """`250ms`, `5s`, `15m`, `1h`, `30d`."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("a duration such as 250ms, 5s, 15m, 1h or 30d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def duration_or_unlimited(text: str) -> timedelta | None:
    """The same, or `unlimited`."""
    return None if text == "unlimited" else duration(text)


def whole(least: int, most: int) -> Read:
    """A whole number between the two, both included."""

    def read(text: str) -> int:
        if re.fullmatch(r"[0-9]{1,9}", text) and least <= int(text) <= most:
            return int(text)
        raise ValueError(f"a whole number from {least} to {most}")

    return read


def one_of(*choices: str) -> Read:
    """One of these words."""

    def read(text: str) -> str:
        if text in choices:
            return text
        raise ValueError(f"one of {', '.join(choices)}")

    return read


def place(text: str) -> str:
    """A folder: an absolute path, or a URL of s3:, s3a: or file:. Without a slash at its end."""
    url = urlsplit(text)
    good = url.path.startswith("/") and (url.scheme in ("", "file") or (url.scheme in ("s3", "s3a") and url.netloc))
    if not good:
        raise ValueError("an absolute path, or s3://BUCKET/PREFIX")
    return text.rstrip("/")


def node_url(text: str) -> str:
    """An http or https URL without anything secret in it."""
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname or url.username or url.query or url.fragment:
        raise ValueError(
            "a URL such as https://search-music-abc123.eu-central-1.es.amazonaws.com, without user or query"
        )
    return text.rstrip("/")


def _pairs(argv: Sequence[str], problems: list[str]) -> dict[str, str]:
    """`--KEY value` and `--KEY=value`. What is not written in our way is Glue's own, or Spark's, and left alone."""
    given: dict[str, str] = {}
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            problems.append(f"{word!r} stands there without a --KEY before it")
            continue
        key, equals, value = word[2:].partition("=")
        if not equals:
            value = "true" if not rest or rest[0].startswith("--") else rest.pop(0)
        if not is_ours(key):
            continue
        if key in given:
            problems.append(f"--{key} is given twice")
        given[key] = value
    return given


def _unknown(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, list(known), n=1)
    return f"--{key} is no parameter of this job" + (f"; did you mean --{near[0]}?" if near else "")


def _out_of_place(each: Parameter, given: Mapping[str, str], declared: Sequence[Parameter]) -> bool:
    if not each.beside:
        return False
    key, *values = each.beside
    return given.get(key, next(other.default for other in declared if other.key == key)) not in values


def parse(argv: Sequence[str], declared: Sequence[Parameter]) -> Parameters:
    """Reads all of them, or raises WrongParameters with everything that is wrong."""
    problems: list[str] = []
    given = _pairs(argv, problems)
    known = {each.key for each in declared}
    problems += [_unknown(key, known) for key in given if key not in known]
    values: dict[str, object] = {}
    shown: list[str] = []
    for each in declared:
        if _out_of_place(each, given, declared):
            values[each.key] = None
            if each.key in given:
                problems.append(f"--{each.key} is only for --{each.beside[0]} {' or '.join(each.beside[1:])}")
            continue
        text = given.get(each.key, each.default)
        if text is None:
            problems.append(f"--{each.key} is missing: {each.doc}")
            continue
        if text == "":
            values[each.key] = None
            if each.default is None or each.key in given:
                problems.append(f"--{each.key} is empty: {each.doc}")
            continue
        try:
            values[each.key] = each.read(text)
        except ValueError as error:
            said = "set" if each.secret or may_sign_in(text) else repr(text)
            problems.append(f"--{each.key} is {said}; expected {error}")
        shown.append(f"{each.key} = {'(hidden)' if each.secret else text}")
    if problems:
        raise WrongParameters(problems)
    return Parameters(values, tuple(shown))


def usage(declared: Sequence[Parameter]) -> str:
    """A line for each parameter."""

    def line(each: Parameter) -> str:
        default = "required" if each.default is None else (each.default or "none")
        default += f", for {' or '.join(each.beside[1:])}" if each.beside else ""
        return f"  --{each.key} ({default}): {each.doc}"

    return "\n".join(line(each) for each in declared)
