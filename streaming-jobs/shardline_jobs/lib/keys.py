"""Which words of a command line are keys of ours, which are Glue's or Spark's own, and which must not be repeated."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: What Glue itself adds in our way of writing begins so ("Using job parameters in AWS Glue jobs"; `Job.id_params` of
#: awsglue); its others hold small letters or dashes. And the key by which its adapter knows which job to run.
_OF_GLUE = re.compile(r"JOB_.*|SECURITY_CONFIGURATION|SHARDLINE_JOB")
_OURS = re.compile(r"[A-Z][A-Z0-9_]*")
#: A user before a host, or what drivers take as part of a URL.
_SIGNS_IN = re.compile(r"://.*@|(pwd|password|secret\w*|token|key\w*)\s*=", re.IGNORECASE)


def is_ours(key: str) -> bool:
    """Whether it is written as ours are, and not Glue's."""
    return bool(_OURS.fullmatch(key)) and not _OF_GLUE.fullmatch(key)


def ours_among(argv: Sequence[str]) -> list[str]:
    """Our keys among the words of a command line, each once, known to a job or not."""
    keys = [word[2:].partition("=")[0] for word in argv if word.startswith("--")]
    return list(dict.fromkeys(key for key in keys if is_ours(key)))


def may_sign_in(text: str) -> bool:
    """Whether a value that is refused may hold what signs in, although it should not: then no message shows it."""
    return bool(_SIGNS_IN.search(text))
