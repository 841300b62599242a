"""One run of each contender: what it took, and what is wrong with what it left."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shardline_jobs.lib.trending import sliding_windows

from .checks import most_files, wrong_enriched, wrong_sums
from .processes import Used, watch
from .progress import growth, state_bytes, state_rows

#: The default parameters of the jobs.
WINDOWS, WATERMARK_MS = "1m/1m,1h/15m,1d/6h", 600_000
#: The first day fills the windows of a day; on the second their number stays the same.
HOURS = 48
#: More than this between the halves of the second day is growth.
_PLATEAU = 0.05
_MIB = 1024**2


@dataclass(frozen=True)
class Load:
    """What every run gets: a folder of events by the hour, how many they are, and the catalogue of their songs."""

    events: Path
    count: int
    catalogue: Path


@dataclass(frozen=True)
class Ran:
    """What a run took, and what is wrong with what it left."""

    figures: Mapping[str, float]
    wrong: list[str]


def _shared(count: int, used: Used, seconds: float) -> dict[str, float]:
    return {
        "events/s": count / seconds,
        "CPU-s per million": used.cpu_s / count * 1e6,
        "peak RSS MiB": used.peak / _MIB,
        "of it the JVM": used.peaks.get("JVM", 0) / _MIB,
        "of it Python's workers": used.peaks.get("workers", 0) / _MIB,
    }


def floor(folder: Path, load: Load) -> Ran:
    """DuckDB on two threads: the sums of `trending` into one Parquet file, and nothing else."""
    folder.mkdir()
    result = folder / "floor.json"
    used = watch([sys.executable, "-m", "bench.floor", str(load.events), str(result), WINDOWS], folder / "floor.log")
    return Ran(_shared(load.count, used, json.loads(result.read_text())["job_s"]), [])


def _job(folder: Path, load: Load, job: str, query: str, files_per_trigger: int, **more: object) -> Ran:
    folder.mkdir()
    parameters = {
        "SOURCE_PATH": load.events,
        "FILES_PER_TRIGGER": files_per_trigger,
        "CHECKPOINT_PATH": folder / "checkpoint",
        "DEAD_LETTER_PATH": folder / "letters",
        "OUTPUT_PATH": folder / "output",
        "EVENT_WINDOW_PAST": "unlimited",
        **more,
    }
    argv = [word for key, value in parameters.items() for word in (f"--{key}", str(value))]
    result = folder / "result.json"
    used = watch([sys.executable, "-m", "bench.job_run", job, str(result), *argv], folder / "job.log")
    ran = json.loads(result.read_text())
    rows, most = state_rows(ran["batches"], query), most_files(folder / "output")
    figures = {
        **_shared(load.count, used, ran["job_s"]),
        "micro-batches": len(rows),
        "most state rows": max(rows),
        "state MiB": state_bytes(ran["batches"], query) / _MIB,
        "files per hour and trigger": most,
    }
    wrong = [] if most == 1 else [f"{most} files in one hour of one micro-batch, expected 1"]
    if files_per_trigger == 1:
        figures["growth of state, second day"] = growth(rows[HOURS // 2 :])
        if figures["growth of state, second day"] > _PLATEAU:
            wrong.append(f"state grows on the second day: {rows}")
    return Ran(figures, wrong)


def trending(folder: Path, load: Load, files_per_trigger: int) -> Ran:
    """Windows per artist, song and country; the same sums as those of plain SQL."""
    ran = _job(folder, load, "trending", "final", files_per_trigger, WINDOWS=WINDOWS)
    wrong = wrong_sums(load.events, folder / "output", sliding_windows(WINDOWS), WATERMARK_MS)
    return Ran(ran.figures, [*ran.wrong, *wrong])


def enrich_plays(folder: Path, load: Load, files_per_trigger: int) -> Ran:
    """Plays with their songs and what followed; each play once, with the song that it is of."""
    ran = _job(folder, load, "enrich_plays", "enriched", files_per_trigger, CATALOGUE_PATH=load.catalogue)
    return Ran(ran.figures, [*ran.wrong, *wrong_enriched(load.events, folder / "output")])
