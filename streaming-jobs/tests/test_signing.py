"""Requests to OpenSearch that AWS would let through, by a front that verifies them as AWS's specification says.

The verifier (test/support/sigv4-verifier.ts) shares nothing with botocore, and is held to AWS's published examples.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shardline_jobs.lib import sigv4
from shardline_jobs.lib.http_node import Answer, Node, SignIn
from shardline_jobs.lib.sigv4 import Scope, scope_of

from .conftest import Run
from .event_files import canonical, write_lines
from .places import Places
from .search import documents, drop

REGION = "eu-central-1"
INDEX = "music-trending-*"
DOMAIN = os.environ["SHARDLINE_TEST_SIGNED_DOMAIN"]
COLLECTION = os.environ["SHARDLINE_TEST_SIGNED_COLLECTION"]
FRONTS = [("es", DOMAIN), ("aoss", COLLECTION)]
BULK = b'{"delete":{"_index":"no-such-index","_id":"none"}}\n'

Requests = Callable[[str, SignIn], list[Answer]]


@pytest.fixture(autouse=True)
def _own_session() -> Iterator[None]:
    sigv4.forget()
    yield
    sigv4.forget()


def requests(url: str, sign_in: SignIn) -> list[Answer]:
    """One without and one with a body, and one with a query."""
    node = Node(url, sign_in)
    try:
        return [
            node.request("GET", "/_index_template/no-such-template"),
            node.request("POST", "/_bulk?timeout=20s&refresh=false", BULK, ndjson=True),
            node.request("PUT", "/_index_template/signed", b'{"index_patterns": ["signed-%20none-*"]}'),
        ]
    finally:
        node.close()


@pytest.mark.parametrize(("service", "url"), FRONTS)
def test_every_request_is_signed_as_aws_wants_it(service: str, url: str, opensearch_url: str):
    answers = requests(url, SignIn(scope=Scope(service, REGION)))
    assert [answer.status for answer in answers] == [404, 200, 200], answers
    drop(opensearch_url, "_index_template/signed")


@pytest.mark.parametrize(
    ("sign_in", "why"),
    [
        (SignIn(), "no signature"),
        (SignIn(scope=Scope("aoss", REGION)), "signed for aoss in eu-central-1"),
        (SignIn(scope=Scope("es", "us-east-1")), "signed for es in us-east-1"),
    ],
)
def test_what_is_signed_otherwise_is_refused_with_the_fronts_own_words(sign_in: SignIn, why: str):
    answers = requests(DOMAIN, sign_in)
    assert [answer.status for answer in answers] == [403, 403, 403]
    assert [(answer.error or {}).get("reason") for answer in answers] == [why] * 3


def test_another_secret_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    (first, *_) = requests(DOMAIN, SignIn(scope=Scope("es", REGION)))
    assert (first.status, first.error) == (403, {"reason": "the signature does not match"})


def chain_of_a_role(monkeypatch: pytest.MonkeyPatch, folder: Path, url: str) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)


def test_a_roles_keys_are_renewed_before_they_expire(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    # They last for a minute, and botocore renews within the last ten: each request has a key and token of its own.
    chain_of_a_role(monkeypatch, tmp_path, os.environ["SHARDLINE_TEST_CREDENTIALS"])
    used = []
    for _ in range(3):
        headers = sigv4.signed(Scope("es", REGION), "GET", DOMAIN, {}, None)
        used.append(headers["X-Amz-Security-Token"])
        assert Node(DOMAIN, SignIn(scope=Scope("es", REGION))).request("GET", "/").status == 200
    assert len(set(used)) == 3


def test_without_credentials_there_is_no_answer_and_it_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    chain_of_a_role(monkeypatch, tmp_path, "http://127.0.0.1:9/credentials")
    (first, *_) = requests(DOMAIN, SignIn(scope=Scope("es", REGION)))
    assert first.status is None
    assert "no AWS credentials" in str((first.error or {})["reason"])


def test_keys_that_are_refused_are_asked_for_anew(monkeypatch: pytest.MonkeyPatch):
    sign_in = SignIn(scope=Scope("es", REGION))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "rotated away")
    assert Node(DOMAIN, sign_in).request("GET", "/").status == 403
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", os.environ["AWS_ACCESS_KEY_ID"])
    assert Node(DOMAIN, sign_in).request("GET", "/").status == 200


@pytest.mark.parametrize(
    ("host", "scope"),
    [
        ("search-music-abc.eu-central-1.es.amazonaws.com", Scope("es", "eu-central-1")),
        ("search-music-abc.cn-north-1.es.amazonaws.com.cn", Scope("es", "cn-north-1")),
        ("search-music-abc.aos.us-gov-west-1.on.aws", Scope("es", "us-gov-west-1")),
        ("abc123.us-east-1.aoss.amazonaws.com", Scope("aoss", "us-east-1")),
        ("abc123.us-east-1.aoss-fips.amazonaws.com", Scope("aoss", "us-east-1")),
        ("abc123.aoss.us-east-1.on.aws", Scope("aoss", "us-east-1")),
        ("search.example.com", None),
        ("es.amazonaws.com.example.com", None),
    ],
)
def test_hosts_of_aws_tell_what_to_sign_for(host: str, scope: Scope | None):
    assert scope_of(host) == scope


def parameters(places: Places, **more: object) -> dict[str, object]:
    return places.parameters(WINDOWS="1m/1m", OPENSEARCH_AUTH="sigv4", OPENSEARCH_RETRY_FOR="1s", **more)


def test_a_job_writes_through_the_front(tmp_path: Path, run_job: Run, opensearch_url: str):
    drop(opensearch_url, INDEX)
    places = Places(tmp_path, tmp_path / "source", DOMAIN)
    write_lines(places.source, "a.ndjson", [canonical("p1", 1_700_000_100_000)])
    ended = run_job("trending", **parameters(places, OPENSEARCH_SERVICE="es", OPENSEARCH_REGION=REGION))
    assert ended.code == 0, ended.stderr
    assert {each["plays"] for each in documents(opensearch_url, INDEX).values()} == {1}
    drop(opensearch_url, INDEX)


def test_a_job_that_cannot_sign_says_so_before_it_starts(tmp_path: Path, run_job: Run, monkeypatch: pytest.MonkeyPatch):
    places = Places(tmp_path, tmp_path / "source", DOMAIN)
    # No package of that name: as it is where nobody has installed it.
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *_: None)
    ended = run_job("trending", **parameters(places, OPENSEARCH_USERNAME="somebody"))
    assert ended.code == 2
    assert "--OPENSEARCH_AUTH sigv4 needs the Python package botocore" in ended.stderr
    assert f"--OPENSEARCH_NODE {DOMAIN} is no host name of AWS's own" in ended.stderr
    assert "--OPENSEARCH_USERNAME and --OPENSEARCH_PASSWORD need --OPENSEARCH_AUTH basic" in ended.stderr
