"""Jobs read events as the service does: the service's own `shardline transform` is asked about the same records."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shardline_jobs.lib.decode import Fault, decode
from shardline_jobs.lib.event_schema import event_schema
from shardline_jobs.lib.instant import read_instant
from shardline_jobs.lib.letters import iso
from shardline_jobs.lib.reading import read_event

from .conftest import PROJECT, Ended
from .event_files import canonical, write_lines

SCHEMA = event_schema()
LOG = {"ts": 1541105830796, "page": "NextSong", "sessionId": 38, "itemInSession": 0, "userId": "39"}


def values() -> list[object]:
    """What a field may hold, right and wrong."""
    return [
        *(None, "", " ", "text", '"', '""', '"quoted"', "Bj\u00c3\u00b6rk", "\ud800", "x" * 513, "Logged In"),
        *(0, -0.0, 1, 1.0, 1.5, -3, 2**53 - 1, 2**53, 2**53 + 2, 1e21, 3.4028235677973366e38, 3.4e38, 1e400),
        *(True, False, [], [1], {}, {"a": 1}),
        *("2018-11-01", "2018-11-01T20:57", "2018-11-01T20:57:10,5+01:30", "2018-11-01T20:57:10.123456789-0500"),
        *("2018-02-29", "2020-02-29", "0000-12-31T23:59-01:00", "9999-12-31T23:59-01:00", "2018-11-01 20:57"),
        *("2018-11-01T24:00", "٢٠١٨-11-01", "2018-11-01T20:57:10Z\n", 253402300799.9994, 253402300800, -62135596800.5),
        *(253402300799999, 0.0005, 0.49999999999999994, 1541105830.796, -1),
    ]


def records() -> list[object]:
    """Records of every kind: each field of either shape with each of the values, and what is no event at all."""
    flat, log = canonical("e", 1541105830796), LOG
    keys = {
        **{field.key: flat for field in SCHEMA.canonical.fields},
        **{field.key: log for field in SCHEMA.service_log.fields},
        "timestamp": flat,
        "ts": log,
    }
    odd: list[object] = [{**source, key: value} for key, source in keys.items() for value in values()]
    missing: list[object] = [
        {other: value for other, value in source.items() if other != key} for key, source in keys.items()
    ]
    text = [
        *("nope", "[1]", "null", '"x"', "1", "true", "NaN", '{"event_id":NaN}', "{}", '{"a":1}', '{"event_id":"a",}'),
        *(
            '{"event_id":"a","event_id":"b","event_type":"play","timestamp":1}',
            "\ufeff" + json.dumps(flat),
            "[" * 500,
            '{"event_id":1e400}',
        ),
        *('{"event_id":"a","event_type":"play","timestamp":' + "9" * 5_000 + "}", '{"event_id":"a\tb"}'),
    ]
    return [*odd, *missing, *text, b'{"event_id":"\xff"}']


def ours(data: bytes) -> dict[str, object]:
    """What jobs make of a record, in the words of `shardline transform`."""
    try:
        at_ms, columns = read_event(decode(data), SCHEMA)
    except Fault as fault:
        return {"reason": fault.reason, "message": fault.message}
    dates = {column for column, kind in SCHEMA.columns.items() if kind == "date"}
    shown = {column: iso(int(value)) if column in dates else value for column, value in columns.items()}
    return {"at": iso(at_ms), **shown}


def theirs(line: dict) -> dict[str, object]:
    """The same of the service's answer."""
    if line["dead_letters"]:
        letter = line["dead_letters"][0]
        return {"reason": letter["reason"], "message": letter["message"]}
    document = line["documents"][0]["document"]
    columns = {
        f"{group}_{field}": value
        for group, fields in document.items()
        if isinstance(fields, dict)
        for field, value in fields.items()
        if f"{group}_{field}" in SCHEMA.columns
    }
    # Spark's strings cannot hold halves of surrogate pairs.
    sound = {name: value if well_formed(value) else "\ufffd" for name, value in columns.items()}
    return {"at": document["@timestamp"], **sound, "event_id": columns["event_id"]}


def well_formed(value: object) -> bool:
    return not isinstance(value, str) or all(not 0xD800 <= ord(each) <= 0xDFFF for each in value)


def test_jobs_read_every_record_as_the_service_does(tmp_path: Path, shardline: Callable[..., Ended]):
    file = write_lines(tmp_path, "records.ndjson", records())
    lines = [line for line in file.read_bytes().split(b"\n") if line.strip()]
    config = tmp_path / "none.yaml"
    config.write_text("index_window: { past: unlimited, outside: music-events-outside }\n")
    asked = shardline("transform", str(file), "--config", str(config))
    answers = [json.loads(line) for line in asked.stdout.splitlines()]
    assert len(answers) == len(lines) > 1_000, asked.stderr

    for data, answer in zip(lines, answers, strict=True):
        expected, found = theirs(answer), ours(data)
        # Where exactly a text stops being JSON is told in words of our own.
        if expected.get("reason") == "decode-json":
            expected.pop("message")
            found.pop("message", None)
        # The service looks at ids behind its transform, which is all that a dry run shows.
        if found.get("reason") == "document-id":
            assert not well_formed(str(expected["event_id"])) or len(str(expected["event_id"])) > 512
            continue
        assert found == expected, data[:300]


def test_the_public_log_is_read_as_the_service_reads_it(shardline: Callable[..., Ended]):
    folder = PROJECT.parent / "shared" / "data" / "sparkify_events"
    if not folder.exists():
        pytest.skip("no public events beside the project")
    file = sorted(folder.rglob("*.json"))[-1]
    answers = [json.loads(line) for line in shardline("transform", str(file)).stdout.splitlines()]
    lines = [line for line in file.read_bytes().split(b"\n") if line.strip()]
    assert [ours(line) for line in lines] == [theirs(answer) for answer in answers]


@given(st.integers(min_value=-62_135_596_800_000, max_value=253_402_300_799_999))
def test_an_instant_that_is_written_is_read_again(ms: int):
    assert read_instant(iso(ms)) == ms


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_be_read_or_refused(data: bytes):
    assert ours(data)["reason"]
    assert ours(b"\x1f\x8b" + data)["reason"]
