"""Whose a checkpoint is: a small file in it, written once, by which a job knows its own and refuses another's.

Spark itself goes on with whatever a checkpoint has: with the partitions that it was begun with, and with state that was
made for other windows.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import SparkSession

from .faults import CHECKPOINT_OTHER, OUTPUT_OTHER, JobFault
from .log import Log
from .marks import Folder
from .parameters import Parameter, Parameters

CHECKPOINT_MARK = "shardline-job.json"
#: Spark reads no file whose name begins so.
OUTPUT_MARK = "_shardline-job.json"
#: The folders that a checkpoint's batches are written into.
OUTPUTS = ("OUTPUT_PATH", "TOP_PATH")
#: Of the query by which jobs write with Spark's file sink.
_FILES_WRITTEN = "final/commits/*"
#: What state and offsets are made for, in every job; it may name more.
FIXED = ("SOURCE", "SOURCE_PATH", "KAFKA_TOPIC", "KINESIS_STREAM", "WATERMARK", "SHUFFLE_PARTITIONS")


@dataclass(frozen=True)
class Identity:
    """`id`: of this checkpoint alone. `settings`: as they were given."""

    id: str
    job: str
    settings: Mapping[str, str]

    def text(self) -> str:
        """As it stands in the file."""
        return json.dumps({"schema": 1, "id": self.id, "job": self.job, "settings": dict(self.settings)}, indent=2)


def _texts(parameters: Parameters) -> dict[str, str]:
    pairs = (line.partition(" = ") for line in parameters.shown)
    return {key: text for key, _, text in pairs}


def identity_of(new_id: str, job: str, fixed: Sequence[str], parameters: Parameters) -> Identity:
    """Of a checkpoint that this job begins."""
    texts = _texts(parameters)
    return Identity(new_id, job, {key: texts[key] for key in fixed if key in texts})


def read_identity(text: str, path: str) -> Identity:
    """Of a file. Raises JobFault."""
    try:
        read = json.loads(text)
        return Identity(str(read["id"]), str(read["job"]), {str(k): str(v) for k, v in read["settings"].items()})
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise JobFault(CHECKPOINT_OTHER, f"{path} is no file of a job's: {error!r}") from None


def _same(declared: Parameter | None, one: str | None, other: str | None) -> bool:
    """`60m` is `1h`. What was not there when the checkpoint was begun had its default."""
    if declared is None or one == other:
        return one == other
    texts = [declared.default if text is None else text for text in (one, other)]
    try:
        first, second = (None if text is None else declared.read(text) for text in texts)
    except ValueError:
        return False
    return first == second


def differences(found: Identity, ours: Identity, declared: Sequence[Parameter]) -> list[str]:
    """Why the checkpoint is not this job's; nothing where it is."""
    if found.job != ours.job:
        return [f"it is of the job {found.job}, this is {ours.job}"]
    by_key = {each.key: each for each in declared}
    keys = dict.fromkeys([*ours.settings, *found.settings])
    return [
        f"--{key} was {found.settings.get(key, 'not there')}, is {ours.settings.get(key, 'not there')}"
        for key in keys
        if not _same(by_key.get(key), found.settings.get(key), ours.settings.get(key))
    ]


def _check_output(key: str, output: Folder, checkpoint: Folder, identity: Identity) -> None:
    mark = output.read(OUTPUT_MARK)
    if mark is not None:
        if read_identity(mark, f"{output.path}/{OUTPUT_MARK}").id != identity.id:
            raise JobFault(OUTPUT_OTHER, f"--{key} {output.path} was written with another checkpoint")
        return
    # Written before there were marks: it is this checkpoint's if that was there too.
    has_log = output.has("_spark_metadata", "*/_spark_metadata")
    if has_log and not checkpoint.has("*/metadata"):
        raise JobFault(
            OUTPUT_OTHER, f"--{key} {output.path} was written with another checkpoint, and {checkpoint.path} is new"
        )
    # Spark's file sink would lack the batches before: its folder could not be read, and every tenth batch would fail.
    if key == "OUTPUT_PATH" and not has_log and checkpoint.has(_FILES_WRITTEN):
        raise JobFault(
            OUTPUT_OTHER,
            f"the checkpoint {checkpoint.path} has written into another folder than --{key} {output.path}, which has "
            "nothing of it; for a new folder, begin anew with another --CHECKPOINT_PATH",
        )


def claim(
    checkpoint: Folder, outputs: Mapping[str, Folder], ours: Identity, declared: Sequence[Parameter], log: Log
) -> None:
    """Makes checkpoint and outputs, by their keys, this job's, or finds that they are. Raises JobFault."""
    path = f"{checkpoint.path}/{CHECKPOINT_MARK}"
    text = checkpoint.read(CHECKPOINT_MARK)
    identity = ours if text is None else read_identity(text, path)
    unlike = differences(identity, ours, declared)
    if unlike:
        raise JobFault(CHECKPOINT_OTHER, f"the checkpoint {checkpoint.path} is not this job's: {'; '.join(unlike)}")
    for key, output in outputs.items():
        _check_output(key, output, checkpoint, identity)
    if text is None:
        adopted = checkpoint.has("*/metadata")
        checkpoint.write_new(CHECKPOINT_MARK, ours.text())
        if checkpoint.read(CHECKPOINT_MARK) != ours.text():
            raise JobFault(CHECKPOINT_OTHER, f"another job has begun the checkpoint {checkpoint.path} just now")
        if adopted:
            log.info("the checkpoint had no mark: these settings are its own from now on", settings=dict(ours.settings))
    for output in outputs.values():
        if output.read(OUTPUT_MARK) is None:
            output.write_new(OUTPUT_MARK, identity.text())


def claim_folders(
    spark: SparkSession,
    job: str,
    fixed: Sequence[str],
    declared: Sequence[Parameter],
    parameters: Parameters,
    log: Log,
) -> None:
    """The same for the folders that the parameters name. Raises JobFault."""
    given = {key: parameters.values.get(key) for key in OUTPUTS}
    claim(
        Folder(spark, parameters.text("CHECKPOINT_PATH")),
        {key: Folder(spark, str(path)) for key, path in given.items() if path is not None},
        identity_of(uuid.uuid4().hex, job, fixed, parameters),
        declared,
        log,
    )
