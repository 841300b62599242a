"""The README's own lines, as they stand there: how a job is run, and how another one is written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import PROJECT, spark_submit
from .event_files import canonical, write_lines
from .search import documents, drop

FOLDER = PROJECT / "streaming-jobs"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
WITHIN_S = 400


def blocks(heading: str, language: str) -> list[str]:
    """The fenced blocks of a language between a heading and the next."""
    (part,) = [each for each in re.split(r"^##+ ", README, flags=re.M) if each.startswith(f"{heading}\n")]
    return re.findall(rf"^```{language}\n(.*?)^```$", part, re.M | re.S)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The folder, to write into."""
    left = shutil.ignore_patterns("__pycache__", "build", "*.egg-info", "*.whl", "*.zip")
    scripts = tmp_path / "project" / "scripts"
    scripts.mkdir(parents=True)
    shutil.copy(PROJECT / "scripts" / "spark-wheel.ts", scripts)
    return shutil.copytree(FOLDER, tmp_path / "project" / "streaming-jobs", ignore=left)


def run(command: list[str | Path], folder: Path, **variables: str) -> str:
    """What it said. Its environment is that of the tests, but for their report."""
    env = {key: value for key, value in os.environ.items() if key != "SHARDLINE_TEST_REPORT"} | variables
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def program(folder: Path, name: str, *words: str | Path) -> None:
    """A program on the PATH that hands on what it is given."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\nexec {' '.join(map(str, words))}\n")
    (folder / name).chmod(0o755)


def test_a_job_runs_as_the_readme_says(tmp_path: Path, copy: Path, opensearch_url: str):
    drop(opensearch_url, "music-trending-*")
    (script,) = blocks("Run it", "sh")
    for told, here in (("/data/", f"{tmp_path}/data/"), ("http://localhost:9200", opensearch_url)):
        assert told in script
        script = script.replace(told, here)
    # Where these programs come from is the machine's own business.
    program(tmp_path / "bin", "node", os.environ["SHARDLINE_TEST_NODE"], '"$@"')
    program(tmp_path / "bin", "spark-submit", *spark_submit({"spark.ui.enabled": "false"}), '"$@"')
    play = canonical("p1", int(time.time() * 1_000) - 60_000)
    write_lines(tmp_path / "data" / "events", "a.ndjson", [play, play, {**play, "event_id": "p2"}, "no json"])
    run(["bash", "-euc", script], copy, PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    found = documents(opensearch_url, "music-trending-*").values()
    assert {(each["key"], each["plays"]) for each in found} == {("a1", 2), ("s1", 2), ("DE", 2)}
    assert (tmp_path / "data" / "trending" / "_spark_metadata").is_dir()
    assert len(list((tmp_path / "data" / "letters").glob("*.ndjson"))) == 1
    drop(opensearch_url, "music-trending-*")


def test_another_job_is_written_as_the_readme_says(copy: Path):
    written = []
    for code in blocks("Write another", "python"):
        path = code.splitlines()[0].removeprefix("# ")
        assert not (copy / path).exists()
        (copy / path).write_text(code)
        written.append(path)
    assert [Path(path).parts[-2] for path in written] == ["lib", "jobs", "tests"]
    run([sys.executable, "-m", "ruff", "check", "--no-cache", *written], copy)
    run([sys.executable, "-m", "ruff", "format", "--no-cache", "--check", *written], copy)
    said = run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "devices", "tests/test_devices.py"], copy
    )
    assert "2 passed" in said
