"""One Spark for the tests that need no process of their own; and the sums that the project's own runner reads."""

from __future__ import annotations

import importlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from .redshift_stand_in import Redshift
from .redshift_stand_in import redshift as stood_in

PROJECT = Path(__file__).resolve().parents[2]
#: As small as the machine that runs everything else beside it.
SPARK_CONF = {
    "spark.master": "local[2]",
    "spark.driver.memory": "1g",
    "spark.driver.extraClassPath": f"{os.environ['SHARDLINE_TEST_JARS']}/*",
    "spark.hadoop.fs.s3a.endpoint": os.environ["SHARDLINE_TEST_S3"],
    "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
    "spark.hadoop.fs.s3a.path.style.access": "true",
    "spark.hadoop.fs.s3a.buffer.dir": f"{tempfile.gettempdir()}/s3a",
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


@pytest.fixture
def redshift(spark: SparkSession) -> Iterator[Redshift]:
    with stood_in(spark, int(os.environ["SHARDLINE_TEST_POSTGRES"])) as there:
        yield there


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


def spark_submit(conf: Mapping[str, str]) -> list[str | Path]:
    """The beginning of its command line."""
    find = [sys.executable, "-m", "pyspark.find_spark_home"]
    home = Path(subprocess.run(find, capture_output=True, text=True, check=True).stdout.strip())
    return [home / "bin" / "spark-submit", *(word for pair in conf.items() for word in ("--conf", "=".join(pair)))]


Submitted = Callable[..., subprocess.Popen]


@pytest.fixture
def submitted(tmp_path: Path, wheel: Path) -> Iterator[Submitted]:
    """Starts a job by `spark-submit` with its wheel, in a process group of its own."""
    begin = spark_submit(SPARK_CONF)
    started: list[subprocess.Popen] = []

    def start(job: str, **parameters: object) -> subprocess.Popen:
        script = PROJECT / "streaming-jobs" / "shardline_jobs" / "jobs" / f"{job}.py"
        with (tmp_path / f"{job}.log").open("ab") as log:
            process = subprocess.Popen(
                [*begin, "--py-files", wheel, script, *words_of(parameters)],
                cwd=tmp_path,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as deployments ship it, under the ending by which Spark's workers know what to look into."""
    made = tmp_path_factory.mktemp("wheel") / "shardline_jobs.zip"
    script = PROJECT / "scripts" / "spark-wheel.ts"
    subprocess.run([os.environ["SHARDLINE_TEST_NODE"], script, made], check=True)
    return made


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
