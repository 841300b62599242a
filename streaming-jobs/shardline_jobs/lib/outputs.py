"""The parameters that say where a job's results go: Parquet, OpenSearch, or both."""

from __future__ import annotations

from .http_node import SignIn
from .opensearch import Target
from .parameters import Parameter, Parameters, duration, node_url, one_of, place

OUTPUTS = (
    Parameter("OUTPUT_PATH", "Folder for what is final, as Parquet", place, ""),
    Parameter("CODEC", "Compression of Parquet", one_of("zstd", "snappy"), "zstd"),
    Parameter("OPENSEARCH_NODE", "URL of the OpenSearch domain", node_url, ""),
    Parameter("OPENSEARCH_AUTH", "How to sign in", one_of("none", "basic"), "none"),
    Parameter("OPENSEARCH_USERNAME", "User for basic", default=""),
    Parameter("OPENSEARCH_PASSWORD", "Password for basic", default="", secret=True),
    Parameter("OPENSEARCH_RETRY_FOR", "How long OpenSearch may take nothing before the job stops", duration, "15m"),
)


def wrong_outputs(parameters: Parameters) -> list[str]:
    """What is wrong with them together."""
    if parameters.maybe("OUTPUT_PATH") is None and parameters.maybe("OPENSEARCH_NODE") is None:
        return [
            *_wrong_sign_in(parameters),
            "--OUTPUT_PATH or --OPENSEARCH_NODE must be given: the results must go somewhere",
        ]
    return _wrong_sign_in(parameters)


def _wrong_sign_in(parameters: Parameters) -> list[str]:
    user, password = parameters.maybe("OPENSEARCH_USERNAME"), parameters.maybe("OPENSEARCH_PASSWORD")
    if parameters.text("OPENSEARCH_AUTH") == "basic":
        return (
            []
            if user and password
            else ["--OPENSEARCH_AUTH basic needs --OPENSEARCH_USERNAME and --OPENSEARCH_PASSWORD"]
        )
    if user or password:
        return ["--OPENSEARCH_USERNAME and --OPENSEARCH_PASSWORD need --OPENSEARCH_AUTH basic"]
    return []


def target_of(parameters: Parameters) -> Target | None:
    """None where nothing is to be written there."""
    node = parameters.maybe("OPENSEARCH_NODE")
    if node is None:
        return None
    return Target(
        node=node,
        sign_in=SignIn(parameters.maybe("OPENSEARCH_USERNAME"), parameters.maybe("OPENSEARCH_PASSWORD")),
        retry_for_s=parameters.duration("OPENSEARCH_RETRY_FOR").total_seconds(),
        letters=parameters.text("DEAD_LETTER_PATH"),
        application=parameters.text("APPLICATION"),
    )
