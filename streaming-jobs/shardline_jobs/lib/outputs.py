"""The parameters that say where a job's results go: Parquet, OpenSearch, Redshift, or several of them."""

from __future__ import annotations

from urllib.parse import urlsplit

from .http_node import SignIn
from .opensearch import Target
from .parameters import Parameter, Parameters, duration, node_url, one_of, place
from .redshift_parameters import REDSHIFT, wrong_redshift
from .sigv4 import MISSING, Scope, available, region, scope_of

_SIGNED = ("OPENSEARCH_AUTH", "sigv4")

OUTPUTS = (
    Parameter("OUTPUT_PATH", "Folder for what is final, as Parquet", place, ""),
    Parameter("CODEC", "Compression of Parquet", one_of("zstd", "snappy"), "zstd"),
    Parameter("OPENSEARCH_NODE", "URL of the OpenSearch domain", node_url, ""),
    Parameter("OPENSEARCH_AUTH", "How to sign in", one_of("none", "basic", "sigv4"), "none"),
    Parameter("OPENSEARCH_USERNAME", "User for basic", default=""),
    Parameter("OPENSEARCH_PASSWORD", "Password for basic", default="", secret=True),
    Parameter(
        "OPENSEARCH_SERVICE",
        "What is signed for: a domain (es) or a serverless collection (aoss); `auto` reads it off AWS's own host names",
        one_of("auto", "es", "aoss"),
        "auto",
        beside=_SIGNED,
    ),
    Parameter("OPENSEARCH_REGION", "Its region, where AWS's host name does not tell it", region, "", beside=_SIGNED),
    Parameter("OPENSEARCH_RETRY_FOR", "How long OpenSearch may take nothing before the job stops", duration, "15m"),
    *REDSHIFT,
)


def wrong_outputs(parameters: Parameters) -> list[str]:
    """What is wrong with them together."""
    problems = [*_wrong_sign_in(parameters), *wrong_redshift(parameters)]
    if all(parameters.maybe(key) is None for key in ("OUTPUT_PATH", "OPENSEARCH_NODE", "REDSHIFT_URL")):
        problems.append(
            "--OUTPUT_PATH, --OPENSEARCH_NODE or --REDSHIFT_URL must be given: the results must go somewhere"
        )
    return problems


def _scope(parameters: Parameters) -> Scope | None:
    """What to sign for, where that is known."""
    told = scope_of(urlsplit(parameters.maybe("OPENSEARCH_NODE") or "").hostname or "")
    service, place_of = parameters.maybe("OPENSEARCH_SERVICE"), parameters.maybe("OPENSEARCH_REGION")
    if service in (None, "auto"):
        service = told.service if told else None
    region_of = place_of or (told.region if told else None)
    return Scope(service, region_of) if service and region_of else None


def _wrong_signing(parameters: Parameters) -> list[str]:
    if parameters.maybe("OPENSEARCH_NODE") is None:
        return ["--OPENSEARCH_AUTH sigv4 needs --OPENSEARCH_NODE"]
    problems = [] if available() else [MISSING]
    if _scope(parameters) is None:
        problems.append(
            f"--OPENSEARCH_NODE {parameters.text('OPENSEARCH_NODE')} is no host name of AWS's own that tells service "
            "and region: give --OPENSEARCH_SERVICE es or aoss, and --OPENSEARCH_REGION"
        )
    return problems


def _wrong_sign_in(parameters: Parameters) -> list[str]:
    if parameters.text("OPENSEARCH_AUTH") == "sigv4":
        # A password beside it is told too.
        return [*_wrong_signing(parameters), *_wrong_password(parameters)]
    return _wrong_password(parameters)


def _wrong_password(parameters: Parameters) -> list[str]:
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
        sign_in=SignIn(
            parameters.maybe("OPENSEARCH_USERNAME"),
            parameters.maybe("OPENSEARCH_PASSWORD"),
            _scope(parameters) if parameters.text("OPENSEARCH_AUTH") == "sigv4" else None,
        ),
        retry_for_s=parameters.duration("OPENSEARCH_RETRY_FOR").total_seconds(),
        letters=parameters.text("DEAD_LETTER_PATH"),
        application=parameters.text("APPLICATION"),
    )
