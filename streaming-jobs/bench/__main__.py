"""`npm run bench:spark [-- EVENTS]`: events through the jobs on two cores, beside DuckDB (docs/performance.md)."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from . import made_events
from .runs import HOURS, Load, Ran, enrich_plays, floor, trending

#: By name, in the order of the table. All files in one micro-batch, or an hour in each.
RUNS: Mapping[str, Callable[[Path, Load], Ran]] = {
    "DuckDB": floor,
    "trending at once": partial(trending, files_per_trigger=HOURS),
    "enrich_plays at once": partial(enrich_plays, files_per_trigger=HOURS),
    "trending by hour": partial(trending, files_per_trigger=1),
    "enrich_plays by hour": partial(enrich_plays, files_per_trigger=1),
}


def table(rows: Mapping[str, Ran]) -> str:
    """For people: a row per figure, a column per run."""
    names = list(dict.fromkeys(name for ran in rows.values() for name in ran.figures))
    lines = [["", *rows], *([name, *(_shown(ran.figures.get(name)) for ran in rows.values())] for name in names)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def main(report: Path, count: int) -> int:
    """1 when something that a run left is wrong."""
    rows: dict[str, Ran] = {}
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        print(f"making {count} events …", flush=True)
        made_events.write(folder / "events", count, HOURS)
        load = Load(folder / "events", count, made_events.write_catalogue(folder / "catalogue"))
        for number, (name, run) in enumerate(RUNS.items()):
            print(f"{name} …", flush=True)
            rows[name] = run(folder / f"run-{number}", load)
    wrong = [f"{name}: {fault}" for name, ran in rows.items() for fault in ran.wrong]
    print(table(rows))
    print("\n".join(wrong) or "All results are those of plain SQL, state is constant, files are few.")
    told = {
        "bench": "spark",
        "date": datetime.now(UTC).isoformat(),
        "cores": os.cpu_count(),
        "load": load_before,
        "events": count,
        "rows": {name: ran.figures for name, ran in rows.items()},
        "wrong": wrong,
    }
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(f"{json.dumps(told, indent=2)}\n")
    print(f"all figures: {report}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
