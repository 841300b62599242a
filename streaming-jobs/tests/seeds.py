"""Which random cases are run."""

from __future__ import annotations

import os

_FIRST = int(os.environ.get("SHARDLINE_SPARK_SEED", "1"))
#: On Spark.
CASES = range(_FIRST, _FIRST + int(os.environ.get("SHARDLINE_SPARK_CASES", "3")))
#: In plain Python.
MANY = range(_FIRST, _FIRST + 40)
