"""The parameters that say where a job's records come from."""

from __future__ import annotations

import re

from pyspark.sql import DataFrame, SparkSession

from .parameters import Parameter, Parameters, node_url, one_of, place, whole
from .sources import Kafka, Kinesis, files, kafka, kinesis

_FILES, _KAFKA, _KINESIS = (("SOURCE", each) for each in ("files", "kafka", "kinesis"))
_STREAMS = ("SOURCE", "kafka", "kinesis")
_SERVER = r"[A-Za-z0-9._-]+:[0-9]{1,5}"


def servers(text: str) -> str:
    """One or several `HOST:PORT`."""
    if re.fullmatch(rf"{_SERVER}(,{_SERVER})*", text):
        return text
    raise ValueError("HOST:PORT, or several with commas between them")


def topic(text: str) -> str:
    """A topic's name by Kafka's own rule (org.apache.kafka.common.internals.Topic)."""
    if re.fullmatch(r"[a-zA-Z0-9._-]{1,249}", text) and text not in (".", ".."):
        return text
    raise ValueError("1 to 249 letters, digits, dots, underscores and hyphens")


def stream_name(text: str) -> str:
    """A stream's name by Kinesis' own rule (API reference, CreateStream)."""
    if re.fullmatch(r"[a-zA-Z0-9_.-]{1,128}", text):
        return text
    raise ValueError("1 to 128 letters, digits, dots, underscores and hyphens")


def kinesis_url(text: str) -> str:
    """The URL of Kinesis in a region."""
    try:
        return node_url(text)
    except ValueError:
        raise ValueError("a URL such as https://kinesis.eu-central-1.amazonaws.com") from None


SOURCES = (
    Parameter("SOURCE", "Where events come from", one_of("files", "kafka", "kinesis"), "files"),
    Parameter("SOURCE_PATH", "Folder of .json and .ndjson files, an event a line", place, beside=_FILES),
    Parameter("FILES_PER_TRIGGER", "Most files that one micro-batch reads", whole(1, 100_000), "1000", beside=_FILES),
    Parameter("KAFKA_SERVERS", "Brokers to begin with, HOST:PORT,HOST:PORT", servers, beside=_KAFKA),
    Parameter("KAFKA_TOPIC", "Topic, an event a record", topic, beside=_KAFKA),
    Parameter(
        "KAFKA_AUTH",
        "How to reach the brokers: in the open, over TLS, or over TLS with the job's IAM role at MSK",
        one_of("none", "tls", "iam"),
        "none",
        beside=_KAFKA,
    ),
    Parameter(
        "KAFKA_RECORDS_PER_TRIGGER",
        "Most records that one micro-batch reads",
        whole(1, 100_000_000),
        "100000",
        beside=_KAFKA,
    ),
    Parameter("KINESIS_STREAM", "Name of the data stream", stream_name, beside=_KINESIS),
    Parameter("KINESIS_ENDPOINT", "URL of Kinesis in the stream's region", kinesis_url, beside=_KINESIS),
    Parameter(
        "KINESIS_RECORDS_PER_SHARD",
        "Most records of a shard that one micro-batch reads",
        whole(1, 10_000_000),
        "100000",
        beside=_KINESIS,
    ),
    Parameter(
        "START",
        "Where to begin without a checkpoint",
        one_of("TRIM_HORIZON", "LATEST"),
        "TRIM_HORIZON",
        beside=_STREAMS,
    ),
    Parameter(
        "LOST_RECORDS",
        "When records are gone before they were read: stop, or skip them",
        one_of("stop", "skip"),
        "stop",
        beside=_STREAMS,
    ),
)


def wrong_source(parameters: Parameters) -> list[str]:
    """What is wrong with them beside the others."""
    if parameters.text("SOURCE") == "kinesis" and parameters.text("TRIGGER") == "once":
        return ["--TRIGGER once would read a part of a Kinesis stream, for it tells nobody its end; give it a pause"]
    return []


def records_of(spark: SparkSession, parameters: Parameters) -> DataFrame:
    """The records of the source that the parameters name."""
    if parameters.text("SOURCE") == "files":
        return files(spark, parameters.text("SOURCE_PATH"), parameters.whole("FILES_PER_TRIGGER"))
    skip_lost = parameters.text("LOST_RECORDS") == "skip"
    if parameters.text("SOURCE") == "kinesis":
        return kinesis(
            spark,
            Kinesis(
                stream=parameters.text("KINESIS_STREAM"),
                endpoint=parameters.text("KINESIS_ENDPOINT"),
                start=parameters.text("START"),
                records_per_shard=parameters.whole("KINESIS_RECORDS_PER_SHARD"),
                skip_lost=skip_lost,
            ),
        )
    return kafka(
        spark,
        Kafka(
            servers=parameters.text("KAFKA_SERVERS"),
            topic=parameters.text("KAFKA_TOPIC"),
            auth=parameters.text("KAFKA_AUTH"),
            start=parameters.text("START"),
            records_per_trigger=parameters.whole("KAFKA_RECORDS_PER_TRIGGER"),
            skip_lost=skip_lost,
        ),
    )
