"""python tethered.py MODULE [ARG…]: runs a module as `python -m` does, and ends it with the process that started it.

Nothing is ever sent to stdin: it closes when that process dies, by whatever means. Then our whole process group ends at
once, with the JVM in it; Spark's Python workers, in a group of their own, follow when they lose the JVM.
"""

import os
import runpy
import signal
import sys
import threading


def _tie() -> None:
    # Not by sys.stdin: a thread that waits in it would disturb the interpreter's end.
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


threading.Thread(target=_tie, daemon=True).start()
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
