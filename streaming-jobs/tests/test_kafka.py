"""A job on a real Kafka broker: every record once, from where the checkpoint says; nothing lost in silence."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import types as T

from shardline_jobs.lib.parameters import WrongParameters, parse
from shardline_jobs.lib.source_parameters import SOURCES
from shardline_jobs.lib.sources import Kafka, kafka, kafka_options

from .conftest import Run
from .event_files import canonical
from .search import documents, drop

SERVERS = os.environ["SHARDLINE_TEST_KAFKA"]
INDEX = "music-trending-*"
AT = 1_700_000_100_000
_RECORD = T.StructType(
    [
        T.StructField("key", T.BinaryType()),
        T.StructField("value", T.BinaryType()),
        T.StructField("topic", T.StringType()),
        T.StructField("partition", T.IntegerType()),
        T.StructField("timestamp", T.TimestampType()),
    ]
)

Put = Callable[..., None]


@pytest.fixture
def topic() -> str:
    return f"events-{uuid.uuid4()}"


@pytest.fixture
def put(spark: SparkSession, topic: str) -> Put:
    """Writes records by Spark's own producer, each into the partition that is said; any but bytes as JSON."""

    def write(partition: int, *values: object, key: bytes | None = None) -> None:
        raw = [each if each is None or isinstance(each, bytes) else json.dumps(each).encode() for each in values]
        rows = [(key, value, topic, partition, None) for value in raw]
        frame = spark.createDataFrame(rows, _RECORD).drop("timestamp").coalesce(1)
        frame.write.format("kafka").option("kafka.bootstrap.servers", SERVERS).save()

    return write


@pytest.fixture
def parameters(tmp_path: Path, topic: str, opensearch_url: str) -> dict[str, object]:
    drop(opensearch_url, INDEX)
    return {
        "SOURCE": "kafka",
        "KAFKA_SERVERS": SERVERS,
        "KAFKA_TOPIC": topic,
        "CHECKPOINT_PATH": tmp_path / "checkpoint",
        "DEAD_LETTER_PATH": tmp_path / "letters",
        "OPENSEARCH_NODE": opensearch_url,
        "EVENT_WINDOW_PAST": "unlimited",
        "SHUFFLE_PARTITIONS": 2,
        "WINDOWS": "1m/1m",
    }


def plays(url: str) -> dict[str, int]:
    return {each["key"]: each["plays"] for each in documents(url, INDEX).values() if each["dimension"] == "artist"}


def letters(folder: Path) -> list[dict]:
    return [json.loads(line) for file in folder.glob("*.ndjson") for line in file.open(encoding="utf-8")]


def play(event_id: str, artist: str) -> dict[str, object]:
    return canonical(event_id, AT, artist_id=artist)


def before_offset(spark: SparkSession, offset: int) -> Any:
    """RecordsToDelete.beforeOffset, which Py4J does not find: a method that is no static one has the same name."""
    jvm: Any = spark._jvm
    gateway: Any = spark.sparkContext._gateway
    types, values = gateway.new_array(jvm.java.lang.Class, 1), gateway.new_array(jvm.java.lang.Object, 1)
    types[0], values[0] = jvm.java.lang.Long.TYPE, offset
    made = jvm.java.lang.Class.forName("org.apache.kafka.clients.admin.RecordsToDelete")
    return made.getMethod("beforeOffset", types).invoke(None, values)


def shorten(spark: SparkSession, topic: str, partition: int, to: int) -> None:
    """Removes the records of a partition before an offset, as its retention does."""
    jvm: Any = spark._jvm
    admin = jvm.org.apache.kafka.clients.admin.AdminClient.create({"bootstrap.servers": SERVERS})
    try:
        where = jvm.org.apache.kafka.common.TopicPartition(topic, partition)
        admin.deleteRecords({where: before_offset(spark, to)}).all().get()
    finally:
        admin.close()


def test_records_of_all_partitions_count_once_and_a_restart_goes_on_where_it_was(
    tmp_path: Path, run_job: Run, put: Put, topic: str, parameters: dict[str, object], opensearch_url: str
):
    put(0, play("e1", "a"), play("e2", "a"), b"no json", key=b"\xff")
    put(1, play("e3", "b"), play("e1", "a"), None)
    ended = run_job("trending", **parameters, KAFKA_RECORDS_PER_TRIGGER=2)
    assert ended.code == 0, ended.stderr
    assert plays(opensearch_url) == {"a": 2, "b": 1}

    put(0, play("e4", "a"))
    ended = run_job("trending", **parameters)
    assert ended.code == 0, ended.stderr
    assert plays(opensearch_url) == {"a": 3, "b": 1}

    found = {
        (each["stream"], each["shard"], each["sequence_number"], each["reason"]): each.get("partition_key")
        for each in letters(tmp_path / "letters")
    }
    assert found == {(topic, "0", "2", "decode-json"): "\ufffd", (topic, "1", "2", "decode-empty"): None}
    drop(opensearch_url, INDEX)


def test_records_that_are_gone_before_they_were_read_stop_the_job_until_they_may_be_skipped(
    spark: SparkSession, run_job: Run, put: Put, topic: str, parameters: dict[str, object], opensearch_url: str
):
    put(0, play("e1", "a"))
    assert run_job("trending", **parameters).code == 0
    put(0, play("e2", "gone"), play("e3", "b"))
    shorten(spark, topic, 0, 2)

    ended = run_job("trending", **parameters)
    assert ended.code == 1
    assert "--LOST_RECORDS skip" in ended.stderr
    assert plays(opensearch_url) == {"a": 1}

    ended = run_job("trending", **parameters, LOST_RECORDS="skip")
    assert ended.code == 0, ended.stderr
    assert plays(opensearch_url) == {"a": 1, "b": 1}
    drop(opensearch_url, INDEX)


def test_a_topic_that_is_not_there_fails_with_its_name(run_job: Run, parameters: dict[str, object], topic: str):
    ended = run_job("trending", **parameters)
    assert ended.code == 1
    assert topic in ended.stderr


def test_a_producers_clock_never_sets_an_arrival_after_now(spark: SparkSession, topic: str, put: Put, tmp_path: Path):
    put(0, play("e1", "a"))
    far = spark.sql("select timestamp_millis(4102444800000) as timestamp").collect()[0].timestamp
    frame = spark.createDataFrame([(None, b"{}", topic, 0, far)], _RECORD)
    frame.write.format("kafka").option("kafka.bootstrap.servers", SERVERS).save()
    records = kafka(spark, Kafka(SERVERS, topic, "none", "TRIM_HORIZON", 10, skip_lost=False))
    query = records.writeStream.format("memory").queryName("arrivals").trigger(availableNow=True)
    query.option("checkpointLocation", str(tmp_path / "arrivals")).start().awaitTermination()
    ((latest, now),) = spark.sql("select max(arrived_ms), unix_millis(now()) from arrivals").collect()
    assert 0 < latest <= now


def test_the_brokers_of_msk_are_reached_with_the_jobs_role():
    options = kafka_options(Kafka("b-1.x.kafka.eu-central-1.amazonaws.com:9098", "t", "iam", "LATEST", 5, False))
    assert options == {
        "kafka.bootstrap.servers": "b-1.x.kafka.eu-central-1.amazonaws.com:9098",
        "subscribe": "t",
        "startingOffsets": "latest",
        "maxOffsetsPerTrigger": "5",
        "failOnDataLoss": "true",
        "kafka.security.protocol": "SASL_SSL",
        "kafka.sasl.mechanism": "AWS_MSK_IAM",
        "kafka.sasl.jaas.config": "software.amazon.msk.auth.iam.IAMLoginModule required;",
        "kafka.sasl.client.callback.handler.class": "software.amazon.msk.auth.iam.IAMClientCallbackHandler",
    }


def test_brokers_are_reached_over_tls():
    options = kafka_options(Kafka("b:9094", "t", "tls", "TRIM_HORIZON", 5, True))
    assert {key: value for key, value in options.items() if "security" in key} == {"kafka.security.protocol": "SSL"}
    assert (options["startingOffsets"], options["failOnDataLoss"]) == ("earliest", "false")


def test_parameters_of_another_source_are_wrong_and_those_of_the_chosen_one_are_missed():
    words = ["--SOURCE", "kafka", "--SOURCE_PATH", "/x", "--KAFKA_SERVERS", "b", "--START", "EARLIEST"]
    with pytest.raises(WrongParameters) as caught:
        parse(words, SOURCES)
    problems: Sequence[str] = caught.value.problems
    assert problems == (
        "--SOURCE_PATH is only for --SOURCE files",
        "--KAFKA_SERVERS is 'b'; expected HOST:PORT, or several with commas between them",
        "--KAFKA_TOPIC is missing: Topic, an event a record",
        "--START is 'EARLIEST'; expected one of TRIM_HORIZON, LATEST",
    )
