"""One Spark for the tests that need no process of their own; and the sums that the project's own runner reads."""

from __future__ import annotations

import importlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

PROJECT = Path(__file__).resolve().parents[2]
#: As small as the machine that runs everything else beside it.
SPARK_CONF = {
    "spark.master": "local[2]",
    "spark.driver.memory": "1g",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
}
# Nothing may depend on the machine's zone; Spark takes it over when it starts.
os.environ["TZ"] = "Asia/Kathmandu"
time.tzset()
_counted: dict[str, list[str]] = {"passed": [], "failed": []}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _counted["failed"].append(f"{report.nodeid}: {str(report.longrepr).splitlines()[-1]}")
    elif report.passed and report.when == "call":
        _counted["passed"].append(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        _counted["failed"].append(f"{report.nodeid}: cannot be loaded")


def pytest_sessionfinish() -> None:
    path = os.environ.get("SHARDLINE_TEST_REPORT")
    if path is None:
        return
    failed = _counted["failed"]
    Path(path).write_text(json.dumps({"passed": len(_counted["passed"]), "failed": len(failed), "failures": failed}))


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    builder = SparkSession.builder.appName("tests")
    for key, value in SPARK_CONF.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def opensearch_url() -> str:
    return os.environ["SHARDLINE_TEST_OPENSEARCH"]


@dataclass(frozen=True)
class Ended:
    code: int
    stdout: str
    stderr: str


Run = Callable[..., Ended]


def words_of(parameters: Mapping[str, object]) -> list[str]:
    return [word for key, value in parameters.items() for word in (f"--{key}", str(value))]


@pytest.fixture(scope="session")
def run_job(spark: SparkSession) -> Run:
    """Runs a job by its entry point, in this process and on its Spark: to start one takes longer than most jobs."""

    def run(job: str, *argv: str, **parameters: object) -> Ended:
        entry = importlib.import_module(f"shardline_jobs.jobs.{job}")
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = entry.main([*argv, *words_of(parameters)], spark)
        return Ended(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="session")
def submit() -> Run:
    """Runs a job in a process of its own by `spark-submit`, from its wheel's files."""

    def run(job: str, *argv: str, **parameters: object) -> Ended:
        package = PROJECT / "streaming-jobs"
        conf = [word for key, value in SPARK_CONF.items() for word in ("--conf", f"{key}={value}")]
        script = package / "shardline_jobs" / "jobs" / f"{job}.py"
        done = subprocess.run(
            [sys.executable, "-m", "pyspark.find_spark_home"], capture_output=True, text=True, check=True
        )
        home = Path(done.stdout.strip())
        ended = subprocess.run(
            [home / "bin" / "spark-submit", *conf, script, *argv, *words_of(parameters)],
            env={**os.environ, "PYTHONPATH": str(package)},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    return run


@pytest.fixture(scope="session")
def shardline() -> Callable[..., Ended]:
    """Runs the service's own command line."""

    def run(*argv: str, **variables: str) -> Ended:
        node = os.environ["SHARDLINE_TEST_NODE"]
        done = subprocess.run(
            [node, str(PROJECT / "bin" / "shardline.js"), *argv],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return run
