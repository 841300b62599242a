"""The README of the folder says what the code does."""

from shardline_jobs.jobs import sessions, trending
from shardline_jobs.lib.job import Job
from shardline_jobs.lib.parameters import Parameter

from .conftest import PROJECT

README = (PROJECT / "streaming-jobs" / "README.md").read_text(encoding="utf-8")
JOBS: tuple[Job, ...] = (trending.JOB, sessions.JOB)


def _row(each: Parameter) -> str:
    default = "**required**" if each.default is None else (f"`{each.default}`" if each.default else "")
    only = f" (`{'`, `'.join(each.beside[1:])}`)" if each.beside else ""
    return f"| `{each.key}` | {default}{only} | {each.doc} |"


def test_every_parameter_of_every_job_is_listed_as_it_is():
    rows = {_row(each) for job in JOBS for each in job.parameters}
    told = {line for line in README.splitlines() if line.startswith("| `") and line[3].isupper()}
    assert sorted(told) == sorted(rows)


def test_every_job_is_listed():
    assert [job.name for job in JOBS if f"\n| `{job.name}` |" not in README] == []
    files = {path.stem for path in (PROJECT / "streaming-jobs" / "shardline_jobs" / "jobs").glob("[a-z]*.py")}
    assert files == {job.name for job in JOBS}
