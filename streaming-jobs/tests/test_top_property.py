"""The best of windows and how they move, of random streams, against plain Python, after each batch; batches repeated.

A failing case is named by its seed; SHARDLINE_SPARK_SEED begins with another one, SHARDLINE_SPARK_CASES runs more.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from shardline_jobs.lib.bulk_lines import Document
from shardline_jobs.lib.events import once
from shardline_jobs.lib.instant import FIRST_MS
from shardline_jobs.lib.top import Change, Chart, Heard, Memory, Told, rank
from shardline_jobs.lib.top_documents import document
from shardline_jobs.lib.top_memory import memory_of, text_of
from shardline_jobs.lib.top_sink import Top, to_top
from shardline_jobs.lib.trending import EVERYTHING, SlidingWindow, heard, trending

from .microbatches import Batches, run_through, stream
from .places import query
from .seeds import CASES, MANY
from .trending_reference import WATERMARK_MS, WINDOWS, Count, Key, State, made, played
from .watermarks import Rules

MOST = 2

#: Length, start, dimension, rank → key, plays, listeners, rank before, whether it is final.
Best = dict[tuple[str, int, str, int], tuple]


def _ranked(counts: Mapping[Key, Count]) -> dict[tuple[str, int, str], list[str]]:
    ranked: dict[tuple[str, int, str], list[str]] = {}
    for key in sorted((key for key in counts if counts[key].plays), key=lambda key: (-counts[key].plays, key[3])):
        ranked.setdefault(key[:3], []).append(key[3])
    return {chart: keys[:MOST] for chart, keys in ranked.items()}


def reference(batches: Batches) -> list[Best]:
    """What must stand after each batch: counted anew from every count that there ever was."""
    ever: dict[Key, Count] = {}
    given: list[Best] = []
    over = 0
    for _turn, state, _changed in played(batches, Rules()):
        ever.update(state.counts)
        ranked = _ranked(ever)
        best: Best = {}
        for (length, start, dimension), keys in ranked.items():
            before = ranked.get((length, start - WINDOWS[length][0], dimension), [])
            for place, key in enumerate(keys, 1):
                count = ever[length, start, dimension, key]
                was = before.index(key) + 1 if key in before else None
                final = start + WINDOWS[length][0] <= over
                best[length, start, dimension, place] = (key, count.plays, len(count.listeners), was, final)
        given.append(best)
        over = state.latest - WATERMARK_MS
    return given


def shown(standing: Mapping[tuple, Told]) -> Best:
    best: Best = {}
    for each in standing.values():
        chart, heard = each.chart, each.place.heard
        values = (heard.key, heard.plays, heard.listeners, each.place.rank_before, each.final)
        best[chart.length, chart.start_ms, chart.dimension, each.place.rank] = values
    return best


def changes(state: State, changed: set[Key]) -> list[Change]:
    """As Spark's rows of a batch."""
    charts = {window: Chart(window[0], window[1], window[1] + WINDOWS[window[0]][0], "") for window in state.totals}
    label = str(state.latest - FIRST_MS)
    rows = [
        Change(chart._replace(dimension=EVERYTHING), Heard("", label, 0, 0), state.totals[window])
        for window, chart in charts.items()
    ]
    for length, start, dimension, key in changed:
        count = state.counts[length, start, dimension, key]
        heard = Heard(key, key, count.plays, len(count.listeners))
        rows.append(Change(charts[length, start]._replace(dimension=dimension), heard, count.plays + count.skips))
    return sorted(rows)


def test_what_stands_after_every_batch_is_what_plain_python_ranks_anew():
    for seed in MANY:
        batches = made(seed)
        standing: dict[tuple, Told] = {}
        memory = Memory()
        given: list[Best] = []
        for _turn, state, changed in played(batches, Rules()):
            after = Memory()
            for told in rank(memory, changes(state, changed), MOST, WATERMARK_MS, after):
                place = (told.chart, told.place.rank)
                assert place not in standing or told.version > standing[place].version, seed
                standing[place] = told
            assert memory_of(text_of(after)) == after
            memory = after
            given.append(shown(standing))
        assert given == reference(batches), seed
        windows = {(chart.length, chart.start_ms) for chart in memory.charts}
        assert all(start + 2 * WINDOWS[length][0] > memory.over_ms for length, start in windows)


def test_the_last_word_in_parquet_and_documents_is_the_same_when_batches_are_repeated(
    spark: SparkSession, tmp_path: Path
):
    batches = made(CASES[0])
    standing: dict[str, Document] = {}
    sent: list[Document] = []
    top = Top(MOST, WATERMARK_MS, str(tmp_path / "memory"), str(tmp_path / "final"), "zstd")
    write = to_top(top, lambda rows, _number: sent.extend(document(row) for row in rows.collect()))

    def take(batch: DataFrame, number: int) -> None:
        twice = []
        for _ in range(2):
            sent.clear()
            write(batch, number)
            twice.append(sorted(sent, key=lambda each: each.id))
        assert twice[0] == twice[1]
        standing.update({each.id: each for each in sent})

    windows = tuple(SlidingWindow(name, length // 1_000, slide // 1_000) for name, (length, slide) in WINDOWS.items())
    plays = once(heard(stream(spark, tmp_path / "source", batches)), f"{WATERMARK_MS} milliseconds")
    run_through(trending(plays, windows, totals=True), "update", tmp_path, take)

    wanted = {place: values for place, values in reference(batches)[-1].items() if values[4]}
    assert len(wanted) > 10
    columns = "length, epoch_ms(window_start), dimension, rank, key, plays, listeners, rank_before, movement, moved"
    final = query(
        f"select {columns} from read_parquet('{tmp_path}/final/*/*/*/*/*.parquet', hive_partitioning = false)"
    )
    assert {row[:4]: (*row[4:8], True) for row in final} == wanted
    assert len(final) == len(wanted)
    for rank_now, *_, before, movement, moved in (row[3:] for row in final):
        assert (movement, moved) == (
            ("new", None)
            if before is None
            else ("same" if before == rank_now else "up" if before > rank_now else "down", abs(before - rank_now))
        )
    bodies = [each.body for each in standing.values() if each.body["final"]]
    assert {
        (each["rank"], each["key"], each["plays"], each.get("rank_before"), each["movement"]) for each in bodies
    } == {(row[3], row[4], row[5], row[7], row[8]) for row in final}
    assert len(bodies) == len(final)
    assert len(list((tmp_path / "memory").glob("*.ndjson"))) <= 2


def test_the_streams_are_worth_ranking():
    """Places are taken over from batch to batch, and from window to window, and windows end."""
    ended = moved = taken_over = 0
    for seed in MANY:
        given = reference(made(seed))
        ended += any(values[4] for values in given[-1].values())
        moved += any(values[3] not in (None, place[3]) for place, values in given[-1].items())
        taken_over += any(before[place][0] != after[place][0] for before, after in pairwise(given) for place in before)
    assert min(ended, moved, taken_over) > len(MANY) / 2
