"""The folders of one job, and what stands in them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import duckdb


def query(sql: str) -> list[tuple]:
    found = duckdb.sql(sql)
    assert found is not None
    return found.fetchall()


@dataclass(frozen=True)
class Places:
    root: Path
    source: Path
    opensearch: str

    def parameters(self, **more: object) -> dict[str, object]:
        return {
            "SOURCE_PATH": self.source,
            "CHECKPOINT_PATH": self.root / "checkpoint",
            "DEAD_LETTER_PATH": self.root / "letters",
            "OUTPUT_PATH": self.root / "output",
            "OPENSEARCH_NODE": self.opensearch,
            "EVENT_WINDOW_PAST": "unlimited",
            "SHUFFLE_PARTITIONS": 2,
            **more,
        }

    def letters(self) -> list[dict]:
        files = sorted((self.root / "letters").glob("*.ndjson"))
        return [json.loads(line) for file in files for line in file.open(encoding="utf-8")]

    def parquet(self, columns: str) -> list[tuple]:
        """Rows of the output, of the files that its log lists."""
        log = self.root / "output" / "_spark_metadata"
        # Line 1 of each entry is its format's version.
        lines = [line for entry in log.glob("[0-9]*") for line in entry.read_text().splitlines()[1:]]
        files = [json.loads(line)["path"].removeprefix("file://") for line in lines]
        if not files:
            return []
        return query(f"select {columns} from read_parquet({files}, hive_partitioning = false)")
