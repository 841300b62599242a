"""The wheel that deployments ship is made without Python; it holds what Python's own tools would make."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from .conftest import PROJECT

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


def contents(wheel: Path) -> dict[str, bytes]:
    """Its files, but for what tells of the tool that made it."""
    with zipfile.ZipFile(wheel) as files:
        assert files.testzip() is None
        return {name: files.read(name) for name in files.namelist() if ".dist-info/" not in name}


def test_it_holds_what_pip_would_build_and_pip_installs_it(wheel: Path, tmp_path: Path):
    # A build leaves its scratch files beside the sources.
    ours = shutil.ignore_patterns("tests", "bench", "build", "*.egg-info")
    copy = shutil.copytree(PROJECT / "streaming-jobs", tmp_path / "sources", ignore=ours)
    build: list[str | Path] = [*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, copy]
    subprocess.run(build, check=True)
    (built,) = tmp_path.glob("*.whl")
    assert contents(wheel) == contents(built)

    # pip goes by the name.
    named = wheel.with_name(built.name)
    shutil.copy(wheel, named)
    subprocess.run([*PIP, "install", "--no-deps", "--no-index", "--target", tmp_path / "there", named], check=True)
    assert (tmp_path / "there" / "shardline_jobs" / "glue.py").exists()
