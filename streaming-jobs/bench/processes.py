"""What a program and all that it starts use, from Linux's /proc: seconds of processor, and memory at its peak."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_EVERY_S = 0.2
_KINDS = {"java": "JVM", "python": "workers"}


@dataclass
class Used:
    """`peaks`: bytes of resident memory by kind of process, each at its own peak; `peak`: of all together."""

    cpu_s: float = 0.0
    peak: int = 0
    peaks: dict[str, int] = field(default_factory=dict)
    _ticks: dict[int, int] = field(default_factory=dict)

    def see(self, tree: Mapping[int, tuple[str, int, int]]) -> None:
        """Adds what one look at the processes has shown."""
        now: dict[str, int] = {}
        for pid, (kind, ticks, rss) in tree.items():
            now[kind] = now.get(kind, 0) + rss
            self._ticks[pid] = max(ticks, self._ticks.get(pid, 0))
        for kind, rss in now.items():
            self.peaks[kind] = max(rss, self.peaks.get(kind, 0))
        self.peak = max(self.peak, sum(now.values()))
        self.cpu_s = sum(self._ticks.values()) / _TICKS


def _all_processes() -> dict[int, tuple[int, str, int, int]]:
    """Parent, name, ticks of processor and bytes of memory of each process that there is."""
    found: dict[int, tuple[int, str, int, int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
        except OSError:
            continue
        # The name stands in brackets and may hold anything.
        name = stat[stat.index("(") + 1 : stat.rindex(")")]
        rest = stat[stat.rindex(")") + 2 :].split()
        found[int(entry.name)] = (int(rest[1]), name, int(rest[11]) + int(rest[12]), int(rest[21]) * _PAGE)
    return found


def _tree(root: int) -> dict[int, tuple[str, int, int]]:
    everything = _all_processes()
    ours: dict[int, tuple[str, int, int]] = {}
    fresh = {root}
    while fresh:
        for pid in fresh & everything.keys():
            _, name, ticks, rss = everything[pid]
            kind = "driver" if pid == root else _KINDS.get(name[:6], "other")
            # A program that Java is about to start shows all of Java's memory as its own.
            ours[pid] = (kind, ticks, 0 if kind == "other" else rss)
        fresh = {pid for pid, (parent, *_) in everything.items() if parent in fresh and pid not in ours}
    return ours


def watch(command: Sequence[str], log: Path) -> Used:
    """Runs it to its end. RuntimeError tells what it said at last when it failed."""
    used = Used()
    with log.open("ab") as out:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            while child.poll() is None:
                used.see(_tree(child.pid))
                time.sleep(_EVERY_S)
        finally:
            child.kill()
            child.wait()
    if child.returncode != 0:
        said = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
        raise RuntimeError(f"{' '.join(command[1:4])} ended with exit code {child.returncode}:\n{said}")
    return used
