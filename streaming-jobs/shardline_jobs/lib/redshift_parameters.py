"""The parameters of the Redshift sink, and what is wrong with them together."""

from __future__ import annotations

import re

from .log import Log
from .parameters import Parameter, Parameters, duration
from .redshift_table import Name
from .redshift_transaction import Warehouse

#: What would sign in, in a URL that is printed.
_SECRET = re.compile(
    r"\b(user|uid|pwd|password|accesskeyid|secretaccesskey|sessiontoken|client_?secret|(web_?identity_?)?token)=",
    re.IGNORECASE,
)
_URL = re.compile(r"jdbc:redshift:(iam:)?//[A-Za-z0-9._:-]+/[^\s?;'\"]+([?;]\S*)?")
_ROLE = r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@/_-]+"
#: The longest name has 127 bytes; the ledger's is 7 longer than its table's.
_NAME = re.compile(r"([a-z_][a-z0-9_]{0,126})\.([a-z_][a-z0-9_]{0,118})")


def jdbc_url(text: str) -> str:
    """A URL of Amazon's JDBC driver, without anything secret in it."""
    if _URL.fullmatch(text) and not _SECRET.search(text):
        return text
    raise ValueError(
        "a URL such as jdbc:redshift://music.abc123.eu-central-1.redshift.amazonaws.com:5439/dev, or with "
        "jdbc:redshift:iam:, without user, password or keys"
    )


def table_name(text: str) -> Name:
    """`schema.table`, in small letters, as Redshift keeps them."""
    match = _NAME.fullmatch(text)
    if match is None:
        raise ValueError("SCHEMA.TABLE, of small letters, digits and underscores")
    return Name(match[1], match[2])


def bucket_path(text: str) -> str:
    """A folder in S3, without a slash at its end."""
    if re.fullmatch(r"s3a?://[a-z0-9.-]{3,63}(/[A-Za-z0-9!_.*()=@-]+)+/?", text):
        return text.rstrip("/")
    raise ValueError("s3://BUCKET/PREFIX")


def iam_role(text: str) -> str:
    """The ARN of a role, several chained by commas, or `default`."""
    if text == "default" or re.fullmatch(rf"{_ROLE}(,{_ROLE})*", text):
        return text
    raise ValueError("default, or the ARN of an IAM role")


REDSHIFT = (
    Parameter(
        "REDSHIFT_URL", "JDBC URL of the database; with jdbc:redshift:iam: the job's IAM role signs in", jdbc_url, ""
    ),
    Parameter("REDSHIFT_USER", "User for a URL without iam", default=""),
    Parameter("REDSHIFT_PASSWORD", "Password for a URL without iam", default="", secret=True),
    Parameter("REDSHIFT_TABLE", "Table for what is final, SCHEMA.TABLE; made where it is not there", table_name, ""),
    Parameter(
        "REDSHIFT_STAGING_PATH", "Folder in S3, in Redshift's own region, for what COPY is to load", bucket_path, ""
    ),
    Parameter("REDSHIFT_IAM_ROLE", "Role by which Redshift reads that folder", iam_role, "default"),
    Parameter("REDSHIFT_RETRY_FOR", "How long Redshift may take nothing before the job stops", duration, "15m"),
)


def wrong_redshift(parameters: Parameters) -> list[str]:
    """What is wrong with them together."""
    url = parameters.maybe("REDSHIFT_URL")
    if url is None:
        given = [key for key in ("USER", "PASSWORD", "TABLE", "STAGING_PATH") if parameters.maybe(f"REDSHIFT_{key}")]
        return [f"--REDSHIFT_{key} needs --REDSHIFT_URL" for key in given]
    problems = [
        f"--REDSHIFT_URL needs --REDSHIFT_{key}"
        for key in ("TABLE", "STAGING_PATH")
        if parameters.maybe(f"REDSHIFT_{key}") is None
    ]
    user, password = parameters.maybe("REDSHIFT_USER"), parameters.maybe("REDSHIFT_PASSWORD")
    if url.startswith("jdbc:redshift:iam:"):
        needless = [f"--REDSHIFT_{key}" for key, value in (("USER", user), ("PASSWORD", password)) if value]
        return problems + [f"{key} is only for a --REDSHIFT_URL without iam" for key in needless]
    if not (user and password):
        problems.append("--REDSHIFT_URL without iam needs --REDSHIFT_USER and --REDSHIFT_PASSWORD")
    return problems


def warehouse_of(parameters: Parameters) -> Warehouse | None:
    """None where nothing is to be written there."""
    url = parameters.maybe("REDSHIFT_URL")
    if url is None:
        return None
    name = parameters.values["REDSHIFT_TABLE"]
    assert isinstance(name, Name)
    return Warehouse(
        url=url,
        user=parameters.maybe("REDSHIFT_USER"),
        password=parameters.maybe("REDSHIFT_PASSWORD"),
        name=name,
        staging=parameters.text("REDSHIFT_STAGING_PATH"),
        role=parameters.text("REDSHIFT_IAM_ROLE"),
        retry_for_s=parameters.duration("REDSHIFT_RETRY_FOR").total_seconds(),
        log=Log({"application": parameters.text("APPLICATION"), "sink": "redshift", "table": name.shown}),
    )
