"""The Redshift sink: one transaction for each micro-batch, whatever goes wrong on the way."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from queue import Queue

import pytest
from pyspark.sql import SparkSession

from shardline_jobs.lib import jdbc
from shardline_jobs.lib.letter_files import write_file
from shardline_jobs.lib.redshift_statements import Batch
from shardline_jobs.lib.redshift_transaction import RedshiftRefused, RedshiftUnavailable

from .redshift_rows import CHECKPOINT, rows_of, sink_of
from .redshift_stand_in import Redshift, raising, step_of
from .redshift_wire import Cut


def charts(redshift: Redshift) -> list[tuple]:
    return redshift.ask(f'SELECT "key", "plays" FROM "{redshift.schema}"."charts" ORDER BY 1')


def ledger(redshift: Redshift) -> list[tuple]:
    return redshift.ask(
        f'SELECT "checkpoint_id", "batch_id", "row_count" FROM "{redshift.schema}"."charts_ledger" ORDER BY 1, 2'
    )


def once(step: str, moment: str, act: Callable[[], str | None]) -> Callable[[str, str], str | None]:
    """Acts the first time that a step comes to a moment."""
    left = [act]

    def fault(when: str, statement: str) -> str | None:
        if when == moment and step_of(statement) == step and left:
            return left.pop()()
        return None

    return fault


def cut() -> None:
    raise Cut


def test_a_connection_that_is_cut_at_any_step_changes_nothing(spark: SparkSession, redshift: Redshift):
    sink = sink_of(spark, redshift)
    sink.write(rows_of(spark, ("a", 0), ("b", 500)), Batch(CHECKPOINT, 0))
    after = [("after", step) for step in ("lock", "copy", "insert", "enter", "commit")]
    for number, (moment, step) in enumerate([("before", "lock"), *after, ("before", "commit")], start=1):
        redshift.fault = once(step, moment, cut)
        sink.write(rows_of(spark, ("a", number), ("b", number), (f"c{number}", 3)), Batch(CHECKPOINT, number))
        new = [(f"c{each}", "3") for each in range(1, number + 1)]
        assert charts(redshift) == [("a", str(number)), ("b", "500"), *new], (moment, step)
        assert len(ledger(redshift)) == number + 1
    assert redshift.staged() == []


def test_a_batch_is_known_again_by_its_checkpoint_and_number(spark: SparkSession, redshift: Redshift):
    sink = sink_of(spark, redshift)
    sink.write(rows_of(spark, ("a", 1)), Batch(CHECKPOINT, 0))
    again = sink_of(spark, redshift)
    again.write(rows_of(spark, ("a", 9)), Batch(CHECKPOINT, 0))
    assert charts(redshift) == [("a", "1")]
    again.write(rows_of(spark, ("a", 9)), Batch(str(uuid.uuid4()), 0))
    assert charts(redshift) == [("a", "9")]
    assert len(ledger(redshift)) == 2


def test_the_ledger_forgets_what_nothing_repeats(spark: SparkSession, redshift: Redshift):
    sink = sink_of(spark, redshift)
    for number in (0, 5, 100, 105, 106):
        sink.write(rows_of(spark, ("a", number)), Batch(CHECKPOINT, number))
    assert [row[1] for row in ledger(redshift)] == ["100", "105", "106"]


def test_a_batch_of_nothing_asks_for_nothing(spark: SparkSession, redshift: Redshift):
    sink = sink_of(spark, redshift)
    redshift.copies.clear()
    sink.write(rows_of(spark, ("a", 1)).where("plays > 1"), Batch(CHECKPOINT, 0))
    assert (redshift.copies, ledger(redshift), redshift.staged()) == ([], [], [])


def test_what_a_crash_left_half_staged_is_no_part_of_it(spark: SparkSession, redshift: Redshift):
    for number in (0, 1):
        write_file(
            spark, f"{redshift.staging}/{CHECKPOINT}/{number}/left/data/part-0.snappy.parquet", b"PAR1 and no more"
        )
    sink_of(spark, redshift).write(rows_of(spark, ("a", 1)), Batch(CHECKPOINT, 0))
    assert charts(redshift) == [("a", "1")]
    assert [key.split("/")[1] for key in redshift.staged()] == ["1"]


def test_a_violation_of_serializable_isolation_is_tried_again(spark: SparkSession, redshift: Redshift):
    sink = sink_of(spark, redshift)
    detail = "Serializable isolation violation on table - 109, transactions forming the cycle are: 1, 2 (pid:3)"
    redshift.fault = once("commit", "before", lambda: raising("1023", detail))
    sink.write(rows_of(spark, ("a", 1)), Batch(CHECKPOINT, 0))
    assert (charts(redshift), len(redshift.copies)) == ([("a", "1")], 2)


def test_what_no_waiting_mends_stops_at_once_and_leaves_nothing(spark: SparkSession, redshift: Redshift):
    sink = sink_of(spark, redshift)
    redshift.fault = once("copy", "before", lambda: raising("S3ServiceException: Access Denied, Status 403"))
    with pytest.raises(RedshiftRefused, match=rf"{redshift.schema}\.charts: .*Access Denied"):
        sink.write(rows_of(spark, ("a", 1)), Batch(CHECKPOINT, 0))
    assert (charts(redshift), ledger(redshift), len(redshift.copies)) == ([], [], 0)
    sink.write(rows_of(spark, ("a", 1)), Batch(CHECKPOINT, 0))
    assert charts(redshift) == [("a", "1")]


def test_a_copy_of_less_than_was_staged_is_not_committed(spark: SparkSession, redshift: Redshift):
    sink = sink_of(spark, redshift)
    redshift.fault = once("copy", "before", lambda: 'DELETE FROM "shardline_staged"')
    with pytest.raises(RedshiftRefused, match=r"COPY loaded 0 rows of s3://.*/manifest\.json, which lists files of 1"):
        sink.write(rows_of(spark, ("a", 1)), Batch(CHECKPOINT, 0))
    assert (charts(redshift), ledger(redshift)) == ([], [])


def test_a_redshift_that_takes_nothing_is_waited_for_within_a_bound(spark: SparkSession, redshift: Redshift):
    sink = sink_of(spark, redshift, patience_s=1)
    redshift.fault = lambda when, statement: cut() if step_of(statement) == "lock" else None
    with pytest.raises(RedshiftUnavailable, match=r"took nothing for .*charts for 1 s: .*started again"):
        sink.write(rows_of(spark, ("a", 1)), Batch(CHECKPOINT, 0))
    redshift.fault = lambda when, statement: None
    sink.write(rows_of(spark, ("a", 1)), Batch(CHECKPOINT, 0))
    assert charts(redshift) == [("a", "1")]


@pytest.mark.parametrize("same", [False, True], ids=["two batches", "one batch twice"])
def test_writers_wait_for_each_other(spark: SparkSession, redshift: Redshift, same: bool):
    sink = sink_of(spark, redshift)
    second = threading.Thread(
        target=lambda: sink.write(rows_of(spark, ("a", 2)), Batch(CHECKPOINT if same else str(uuid.uuid4()), 0))
    )
    order: Queue[str] = Queue()
    came = threading.Event()

    def fault(when: str, statement: str) -> None:
        step = step_of(statement)
        if step is None:
            return
        first = threading.current_thread().name
        order.put(f"{when} {step}")
        if (when, step) == ("after", "copy") and not second.ident:
            second.start()
            assert came.wait(60), first
        if (when, step) == ("before", "lock") and second.ident:
            came.set()

    redshift.fault = fault
    sink.write(rows_of(spark, ("a", 1)), Batch(CHECKPOINT, 0))
    second.join(60)
    passed = [order.get_nowait() for _ in range(order.qsize())]
    # The lock is free before the proxy has heard of the commit: asked to commit, the first writer was by then.
    assert passed.index("before commit") < len(passed) - 1 - passed[::-1].index("after lock")
    assert charts(redshift) == [("a", "1" if same else "2")]
    assert len(ledger(redshift)) == (1 if same else 2)
    assert redshift.staged() == []


def test_a_driver_that_is_not_there_is_told_with_what_brings_it(
    spark: SparkSession, redshift: Redshift, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jdbc, "DRIVER", "com.amazon.redshift.Nowhere")
    with pytest.raises(RedshiftRefused, match=r"Nowhere is not on Spark's class path: .*--packages com\.amazon"):
        sink_of(spark, redshift)
