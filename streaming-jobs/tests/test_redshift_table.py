"""The tables in Redshift: what rows they take, made here or by others."""

from __future__ import annotations

import re

import pytest
from pyspark.sql import SparkSession

from shardline_jobs.lib.redshift_statements import Batch, copy
from shardline_jobs.lib.redshift_table import TEXT_BYTES
from shardline_jobs.lib.redshift_transaction import RedshiftRefused, WrongTable

from .redshift_rows import CHECKPOINT, row, rows_of, sink_of
from .redshift_stand_in import Redshift


def test_texts_come_as_they_are_or_cut_where_they_are_too_long_and_keys_stay_apart(
    spark: SparkSession, redshift: Redshift
):
    long = f"repeat('𝄞', {TEXT_BYTES // 4 + 1})"
    rows = [row(f"concat({long}, '{end}')", 1, f"concat({long}, 'x')") for end in ("x", "y")]
    rows += [row("concat('nul', char(0))", 2**40, f"repeat('e', {TEXT_BYTES})"), row("'ü\\'\\\\'", 1, "''")]
    sink_of(spark, redshift).write(rows_of(spark, *rows), Batch(CHECKPOINT, 0))
    found = redshift.ask(f'SELECT * FROM "{redshift.schema}"."charts" ORDER BY length("key")')
    assert found[0] == ("ü'\\", "2026-05-04 12:30:01.25", "1", "2", "0.1", "")
    assert found[1] == ("nul\ufffd", "2026-05-04 12:30:01.25", str(2**40), "2", "0.1", "e" * TEXT_BYTES)
    assert len({found[0] for found in found}) == 4
    assert all(each[0].startswith("𝄞") and each[5] == "𝄞" * (TEXT_BYTES // 4) for each in found[2:])


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ('"key" VARCHAR(1024)', "it has no column start TIMESTAMP; it has no column plays BIGINT"),
        (
            '"key" VARCHAR(100), "start" TIMESTAMP, "plays" INTEGER',
            "its column key takes 100 bytes, not 1024; its column plays is int4",
        ),
    ],
)
def test_a_table_of_another_kind_is_refused_with_its_differences(
    spark: SparkSession, redshift: Redshift, columns: str, problem: str
):
    redshift.run(f'CREATE TABLE "{redshift.schema}"."charts" ({columns})')
    with pytest.raises(WrongTable) as refused:
        sink_of(spark, redshift)
    assert f"{redshift.schema}.charts is not a table for these rows: {problem}" in str(refused.value)
    assert f'CREATE TABLE "{redshift.schema}"."charts" ("key" VARCHAR(1024) NOT NULL, ' in str(refused.value)


def test_a_table_may_have_more_columns_in_another_order(spark: SparkSession, redshift: Redshift):
    redshift.run(
        f'CREATE TABLE "{redshift.schema}"."charts" ("label" VARCHAR(2000), "mine" INTEGER DEFAULT 7, '
        '"rate" DOUBLE PRECISION, "events" INTEGER, "plays" BIGINT, "start" TIMESTAMP, "key" VARCHAR(1024))'
    )
    sink_of(spark, redshift).write(rows_of(spark, ("a", 1)), Batch(CHECKPOINT, 0))
    assert redshift.ask(f'SELECT "key", "mine" FROM "{redshift.schema}"."charts"') == [("a", "7")]


def test_a_table_that_cannot_be_made_is_told_with_the_statement_that_makes_it(spark: SparkSession, redshift: Redshift):
    redshift.run(f'ALTER SCHEMA "{redshift.schema}" RENAME TO "{redshift.schema}_gone"')
    try:
        with pytest.raises(RedshiftRefused, match=r"charts is not there and cannot be made: .*schema .*CREATE TABLE"):
            sink_of(spark, redshift)
    finally:
        redshift.run(f'ALTER SCHEMA "{redshift.schema}_gone" RENAME TO "{redshift.schema}"')


#: Redshift Database Developer Guide, "COPY from columnar data formats": only these are supported, beside FORMAT itself.
OF_COLUMNAR = {
    *("ACCEPTINVCHARS", "FILLRECORD", "FROM", "IAM_ROLE", "CREDENTIALS", "STATUPDATE", "MANIFEST", "EXPLICIT_IDS"),
}
#: COPY table_name FROM data_source authorization [ FORMAT AS data_format ] [ parameter … ] (same guide, "COPY").
COPY = re.compile(r"COPY \S+ FROM ('[^']+') IAM_ROLE (default|'[^']+') FORMAT AS PARQUET ((?:[A-Z_]+ ?)+)")


@pytest.mark.parametrize("role", ["default", "arn:aws:iam::123456789012:role/a,arn:aws:iam::123456789012:role/b"])
def test_copy_has_the_form_and_the_parameters_that_parquet_allows(role: str):
    statement = copy("s3://bucket/path/manifest.json", role)
    parts = COPY.fullmatch(statement)
    assert parts is not None, statement
    assert parts[1] == "'s3://bucket/path/manifest.json'"
    assert parts[2].strip("'") == role
    assert parts[3].split() == ["MANIFEST", "ACCEPTINVCHARS"]
    assert set(parts[3].split()) <= OF_COLUMNAR
