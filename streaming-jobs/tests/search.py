"""The real OpenSearch of the tests, asked directly."""

from __future__ import annotations

import json

from shardline_jobs.lib.http_node import Node


def ask(url: str, method: str, path: str, body: object = None) -> dict:
    answer = Node(url).request(method, path, None if body is None else json.dumps(body).encode())
    assert answer.status is not None
    assert answer.status < 300, answer
    return dict(answer.body)


def documents(url: str, index: str) -> dict[str, dict]:
    """All documents of a few indices by id, each as its source with its version."""
    ask(url, "POST", f"/{index}/_refresh")
    found: dict[str, dict] = {}
    after: list[object] = []
    while True:
        query: dict[str, object] = {"size": 5_000, "version": True, "sort": [{"_id": "asc"}]}
        if after:
            query["search_after"] = after
        hits = ask(url, "POST", f"/{index}/_search", query)["hits"]["hits"]
        if not hits:
            return found
        for hit in hits:
            found[hit["_id"]] = {**hit["_source"], "version": hit["_version"]}
        after = hits[-1]["sort"]


def drop(url: str, index: str) -> None:
    Node(url).request("DELETE", f"/{index}")
