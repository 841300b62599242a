"""Buckets of the tests: on moto."""

from __future__ import annotations

import os
import urllib.request
import uuid
from typing import Any

from pyspark.sql import SparkSession


def new_bucket(name: str) -> str:
    """A bucket of its own."""
    bucket = f"{name}-{uuid.uuid4()}"
    url = f"{os.environ['SHARDLINE_TEST_S3']}/{bucket}"
    with urllib.request.urlopen(urllib.request.Request(url, method="PUT")) as response:
        assert response.status == 200
    return bucket


def keys(spark: SparkSession, path: str) -> list[str]:
    """The files below a folder, as Hadoop lists them."""
    jvm: Any = spark._jvm
    jsc: Any = spark._jsc
    root = jvm.org.apache.hadoop.fs.Path(path)
    system = root.getFileSystem(jsc.hadoopConfiguration())
    if not system.exists(root):
        return []
    listed = system.listFiles(root, True)
    found = []
    while listed.hasNext():
        found.append(listed.next().getPath().toString().removeprefix(f"{path}/"))
    return found
