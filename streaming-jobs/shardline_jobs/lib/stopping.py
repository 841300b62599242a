"""SIGTERM and Ctrl-C: the queries are stopped, and the job ends as a program does that a signal ends."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from py4j.java_gateway import JavaGateway, JVMView
from py4j.protocol import Py4JError
from pyspark.java_gateway import ensure_callback_server_started
from pyspark.sql import SparkSession

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether somebody wants the job to end. Nobody is interrupted: who waits looks here once in a while."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None

    @property
    def asked(self) -> bool:
        """It is to end."""
        return self.signal is not None

    @property
    def code(self) -> int:
        """130 after Ctrl-C, 143 after SIGTERM: 0 would say that all has been read."""
        assert self.signal is not None
        return 128 + self.signal

    def ask(self, number: int) -> None:
        """The first one counts."""
        if self.signal is None:
            self.signal = signal.Signals(number)

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        """For Python's own signals: the second one ends at once what does not end by itself."""
        if self.asked:
            os._exit(self.code)
        self.ask(number)


class _FromJava:
    """A `sun.misc.SignalHandler`. Under `spark-submit` Java is the parent, and the one that gets signals."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop

    def handle(self, asked: object) -> None:
        """Java's own way would be to end Spark under our hands."""
        self._stop.ask(asked.getNumber())  # type: ignore[attr-defined]

    class Java:
        """What py4j makes of it."""

        implements = ("sun.misc.SignalHandler",)


@contextmanager
def own_signals(stop: Stop) -> Iterator[None]:
    """Python's signals ask `stop`; PySpark takes Ctrl-C for itself when it starts: ask for it again then."""
    # Python lets its main thread alone have them.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stop.on_signal) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _signals_of_java(stop: Stop, spark: SparkSession) -> Iterator[None]:
    # PythonRunner of spark-submit sets it; where Python started the JVM, Python gets the signals.
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        yield
        return
    gateway: JavaGateway = spark.sparkContext._gateway
    ensure_callback_server_started(gateway)  # type: ignore[no-untyped-call]
    jvm: JVMView = gateway.jvm
    handler = _FromJava(stop)
    before = [(number, jvm.sun.misc.Signal.handle(_java_signal(jvm, number), handler)) for number in SIGNALS]
    try:
        yield
    finally:
        with suppress(Py4JError, OSError):
            for number, old in before:
                jvm.sun.misc.Signal.handle(_java_signal(jvm, number), old)


def _java_signal(jvm: JVMView, number: signal.Signals) -> object:
    return jvm.sun.misc.Signal(number.name.removeprefix("SIG"))


@contextmanager
def stoppable(stop: Stop, spark: SparkSession) -> Iterator[None]:
    """Signals ask `stop` from now on."""
    with own_signals(stop), _signals_of_java(stop, spark):
        yield
