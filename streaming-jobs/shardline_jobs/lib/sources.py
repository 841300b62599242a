"""Where records come from. Each source gives the columns of `events.RECORD`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F


def files(spark: SparkSession, path: str, files_per_trigger: int) -> DataFrame:
    """Lines of the `.json` and `.ndjson` files below a folder (also with `.gz`), those that come later too.

    A file must appear whole (moved or uploaded into the folder), as every Spark file source needs it. A line counts as
    arrived when its file was written; blank lines are none. Lines may have any bytes: they are not decoded here.
    """
    lines = (
        spark.readStream.format("text")
        .option("lineSep", "\n")
        .option("recursiveFileLookup", "true")
        .option("pathGlobFilter", "*.{json,ndjson,json.gz,ndjson.gz}")
        .option("maxFilesPerTrigger", files_per_trigger)
        .load(path)
    )
    return lines.where(~F.col("value").rlike(r"\A\s*\z")).select(
        F.col("value").cast("binary").alias("raw"),
        F.lit("files").alias("stream"),
        F.col("_metadata.file_name").alias("shard"),
        F.lit(None).cast("string").alias("sequence"),
        F.lit(None).cast("string").alias("partition_key"),
        F.unix_millis("_metadata.file_modification_time").alias("arrived_ms"),
    )


#: How sources say that records are gone before they were read: they name the option that lets them go on.
LOSS = ("failOnDataLoss", "Some data may have been lost")

#: Signs in at Amazon MSK with the role that the job runs under: the client properties of aws-msk-iam-auth's README
#: (github.com/aws/aws-msk-iam-auth, "Configuring a Kafka client to use AWS IAM"), with Spark's prefix.
_MSK_IAM = {
    "kafka.security.protocol": "SASL_SSL",
    "kafka.sasl.mechanism": "AWS_MSK_IAM",
    "kafka.sasl.jaas.config": "software.amazon.msk.auth.iam.IAMLoginModule required;",
    "kafka.sasl.client.callback.handler.class": "software.amazon.msk.auth.iam.IAMClientCallbackHandler",
}
_TLS = {"kafka.security.protocol": "SSL"}


@dataclass(frozen=True)
class Kafka:
    """A topic: `servers` as HOST:PORT,…; `auth` none, tls (the broker's certificate is checked) or iam (of MSK)."""

    servers: str
    topic: str
    auth: str
    #: TRIM_HORIZON or LATEST: where to begin without a checkpoint.
    start: str
    records_per_trigger: int
    #: Whether to go on where records are gone before they were read.
    skip_lost: bool


def kafka_options(topic: Kafka) -> Mapping[str, str]:
    """The options of Spark's Kafka source."""
    return {
        "kafka.bootstrap.servers": topic.servers,
        "subscribe": topic.topic,
        "startingOffsets": {"TRIM_HORIZON": "earliest", "LATEST": "latest"}[topic.start],
        "maxOffsetsPerTrigger": str(topic.records_per_trigger),
        "failOnDataLoss": "false" if topic.skip_lost else "true",
        **{"none": {}, "tls": _TLS, "iam": _MSK_IAM}[topic.auth],
    }


def kafka(spark: SparkSession, topic: Kafka) -> DataFrame:
    """The records of a topic: partition for shard, offset for sequence number, key for partition key.

    A record arrived at its timestamp. Where the topic lets producers set that, it counts as arrived no later than now,
    so that a producer's wrong clock makes no other event late; a record without one arrived now. One without a value
    (a tombstone) has no bytes.
    """
    now_ms = F.unix_millis(F.current_timestamp())
    stamped = F.unix_millis("timestamp")
    return (
        spark.readStream.format("kafka")
        .options(**kafka_options(topic))
        .load()
        .select(
            F.coalesce("value", F.lit(b"")).alias("raw"),
            F.col("topic").alias("stream"),
            F.col("partition").cast("string").alias("shard"),
            F.col("offset").cast("string").alias("sequence"),
            # A key may have any bytes; what is no UTF-8 in it is replaced.
            F.decode("key", "UTF-8").alias("partition_key"),
            F.when(stamped < 0, now_ms).otherwise(F.least(stamped, now_ms)).alias("arrived_ms"),
        )
    )


@dataclass(frozen=True)
class Kinesis:
    """A data stream. `endpoint` is its region's URL; who may read it is said by AWS's usual chain of credentials."""

    stream: str
    endpoint: str
    #: TRIM_HORIZON or LATEST: where to begin without a checkpoint.
    start: str
    #: Most records of a shard that one micro-batch reads, but for what one answer holds beyond it.
    records_per_shard: int
    #: Whether to go on where a shard is gone before it was read.
    skip_lost: bool


def kinesis_options(stream: Kinesis) -> Mapping[str, str]:
    """The options of the connector that Glue and spark-sql-kinesis share (github.com/qubole/kinesis-sql, README)."""
    return {
        "streamName": stream.stream,
        "endpointUrl": stream.endpoint,
        "startingPosition": stream.start,
        "failOnDataLoss": "false" if stream.skip_lost else "true",
        # The chain of credentials, in which the instance's profile is but the last.
        "awsUseInstanceProfile": "false",
        # It finds these in small letters only.
        "kinesis.executor.maxfetchrecordspershard": str(stream.records_per_shard),
    }


def kinesis(spark: SparkSession, stream: Kinesis) -> DataFrame:
    """The records of a stream, those of KPL aggregates singly. The connector does not tell their shard.

    A micro-batch reads each shard until it has caught up, for a second at most, and where that was is written down when
    it ends. So a batch that is repeated after a crash begins where it began, and may have more records than before.
    """
    return (
        spark.readStream.format("kinesis")
        .options(**kinesis_options(stream))
        .load()
        .select(
            F.col("data").alias("raw"),
            F.col("streamName").alias("stream"),
            F.lit("any").alias("shard"),
            # Records of an aggregate have one number together, which would make one letter of several.
            F.lit(None).cast("string").alias("sequence"),
            F.col("partitionKey").alias("partition_key"),
            F.unix_millis("approximateArrivalTimestamp").alias("arrived_ms"),
        )
    )
