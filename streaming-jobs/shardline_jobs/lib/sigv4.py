"""AWS Signature Version 4 for requests to OpenSearch, by botocore: Glue 5.1 brings 1.40.61, elsewhere it is installed.

Source of that version: AWS Glue developer guide, "Python modules already provided in AWS Glue". What is signed: host,
content type, the bytes of the body and every `x-amz-…` header, among them the body's hash, which Serverless demands; no
content-length, which it refuses ("Signing HTTP requests with other clients", OpenSearch Service developer guide).
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.session import Session

MISSING = (
    "--OPENSEARCH_AUTH sigv4 needs the Python package botocore, which Glue 5.1 brings; elsewhere install it beside the "
    "job: pip install botocore"
)
_SERVICES = {"es": "es", "aos": "es", "aoss": "aoss"}
_AWS_HOST = re.compile(r"(.+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")


class NoCredentials(Exception):
    """The chain has none now; it may have some later."""


@dataclass(frozen=True)
class Scope:
    """What a signature is for: `es` (a domain) or `aoss` (a serverless collection), in a region."""

    service: str
    region: str


def scope_of(host: str) -> Scope | None:
    """What AWS's own host names tell, by the rules of the service's src/core/aws-endpoint.ts; None for any other."""
    match = _AWS_HOST.fullmatch(host)
    labels = match[1].split(".") if match else []
    services = [_SERVICES[name] for name in (label.removesuffix("-fips") for label in labels) if name in _SERVICES]
    regions = [label for label in labels if _REGION.fullmatch(label)]
    return Scope(services[0], regions[0]) if services and regions else None


def region(text: str) -> str:
    """The name of a region."""
    if _REGION.fullmatch(text):
        return text
    raise ValueError("a region such as eu-central-1")


def available() -> bool:
    """Whether botocore is there."""
    return importlib.util.find_spec("botocore") is not None


@cache
def _session() -> Session:
    """One a process: it knows which credentials it has, and when to renew them."""
    try:
        from botocore.session import Session  # noqa: PLC0415 (only who signs needs it)
    except ImportError:
        raise ModuleNotFoundError(MISSING) from None
    return Session()


def forget() -> None:
    """Asks the whole chain anew with the next request: what it gave was refused."""
    _session.cache_clear()


def signed(scope: Scope, method: str, url: str, headers: dict[str, str], body: bytes | None) -> dict[str, str]:
    """The headers with a signature, of the credentials that AWS's usual chain has now. Raises NoCredentials."""
    session = _session()
    from botocore.auth import SigV4Auth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    try:
        found = session.get_credentials()
        # Frozen: key, secret and token of one moment, renewed before they expire.
        frozen = found.get_frozen_credentials() if found else None
    except BotoCoreError as error:
        raise NoCredentials(f"no AWS credentials: {error}") from error
    if frozen is None:
        raise NoCredentials("no AWS credentials: neither environment, profile, web identity, container nor instance")
    content = hashlib.sha256(body or b"").hexdigest()
    request = AWSRequest(method, url, {**headers, "x-amz-content-sha256": content}, data=body or b"")
    SigV4Auth(frozen, scope.service, scope.region).add_auth(request)
    return dict(request.headers.items())
