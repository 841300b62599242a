"""What is sent again and again, without a cluster: a proxy that refuses every request for hours."""

from __future__ import annotations

from typing import cast

import pytest

from shardline_jobs.lib.bulk import Patience, SinkUnavailable, write
from shardline_jobs.lib.bulk_lines import Document
from shardline_jobs.lib.http_node import Answer, Node


class Refusing:
    shown = "http://refusing"

    def request(self, *_: object, **__: object) -> Answer:
        return Answer(413)


def test_waits_as_long_as_it_was_told_for_a_proxy_that_refuses_everything() -> None:
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    patience = Patience(for_s=48 * 3600, now=lambda: now, sleep=sleep)
    documents = [Document("music-trending-2018.11.01", f"d{i}", 1, {}) for i in range(3)]
    with pytest.raises(SinkUnavailable, match="took nothing for 172800 s"):
        write(documents, cast("Node", Refusing()), patience)
    assert now > 48 * 3600
