"""The README of the folder says what the code does."""

import pkgutil
from importlib import import_module

import shardline_jobs.jobs
from shardline_jobs.lib.job import Job
from shardline_jobs.lib.parameters import Parameter

from .conftest import PROJECT

README = (PROJECT / "streaming-jobs" / "README.md").read_text(encoding="utf-8")
NAMES = [each.name for each in pkgutil.iter_modules(shardline_jobs.jobs.__path__)]
JOBS: list[Job] = [import_module(f"shardline_jobs.jobs.{name}").JOB for name in NAMES]


def _row(each: Parameter) -> str:
    default = "**required**" if each.default is None else (f"`{each.default}`" if each.default else "")
    only = f" (`{'`, `'.join(each.beside[1:])}`)" if each.beside else ""
    return f"| `{each.key}` | {default}{only} | {each.doc} |"


def test_every_parameter_of_every_job_is_listed_as_it_is():
    rows = {_row(each) for job in JOBS for each in job.parameters}
    told = {line for line in README.splitlines() if line.startswith("| `") and line[3].isupper()}
    assert sorted(told) == sorted(rows)


def test_every_job_is_listed_and_goes_by_the_name_of_its_file():
    assert [job.name for job in JOBS] == NAMES
    assert [name for name in NAMES if f"\n| `{name}` |" not in README] == []
