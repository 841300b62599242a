"""The wheel as Glue starts it: the adapter as the script, AWS's own Python of Glue 5.1, the words that Glue adds."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from awsglue.utils import GlueArgumentError, getResolvedOptions

from shardline_jobs.lib.keys import ours_among

from .conftest import PROJECT, SPARK_CONF, Ended, Run, spark_submit, words_of
from .event_files import canonical, write_lines
from .glue_jvm import glue_classes
from .places import Places
from .test_docs import JOBS

COLUMNS = "length, window_start, dimension, key, plays, listeners, skips, counted"
WITHIN_S = 300
#: What Glue gives a script beside its own ("Using job parameters in AWS Glue jobs"); and words that nobody expects.
OF_GLUE = [
    *("--JOB_ID", "j_0a1b", "true", "--JOB_RUN_ID", "jr_0a1b", "--job-bookmark-option", "job-bookmark-disable"),
    *("--TempDir", "s3://temporary/spark/", "--enable-metrics", "true", "--enable-auto-scaling", "true"),
    *("--job-language", "python", "--SECURITY_CONFIGURATION", "shardline-dev", "--JOB_SOMETHING_NEW", "1"),
    *("--extra-py-files", "s3://assets/shardline_jobs.zip", "--enable-continuous-cloudwatch-log", "true"),
    "--JOB_NAME",
    "shardline-dev-trending",
]


@pytest.fixture(scope="session")
def on_glue(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Callable[..., Ended]:
    """Starts the adapter as Glue does, on a Spark of its own."""
    folder = tmp_path_factory.mktemp("glue")
    classes = glue_classes(folder)
    jars = SPARK_CONF["spark.driver.extraClassPath"]
    conf = {**SPARK_CONF, "spark.driver.extraClassPath": f"{classes}:{jars}", "spark.log.level": "ERROR"}

    def run(job: str, parameters: Mapping[str, object]) -> Ended:
        script = PROJECT / "streaming-jobs" / "shardline_jobs" / "glue.py"
        words = [*OF_GLUE, "--SHARDLINE_JOB", job, *words_of(parameters)]
        done = subprocess.run(
            [*spark_submit(conf), "--py-files", wheel, script, *words],
            cwd=folder,
            # Of a script's errors Spark makes part of its output.
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
        return Ended(done.returncode, done.stdout, "")

    return run


def test_the_wheel_leaves_on_glue_what_it_leaves_elsewhere(on_glue: Callable[..., Ended], run_job: Run, tmp_path: Path):
    lines = [canonical(f"e{at}", 1_700_000_100_000 + at * 20_000, artist_id=f"a{at % 3}") for at in range(60)]
    source = write_lines(tmp_path / "source", "events.ndjson", [*lines, "no json", lines[0]]).parent
    there, here = (Places(tmp_path / name, source, "") for name in ("there", "here"))

    def parameters(places: Places) -> dict[str, object]:
        given = places.parameters(WINDOWS="1m/1m,10m/5m")
        return {key: value for key, value in given.items() if key != "OPENSEARCH_NODE"}

    ended = on_glue("trending", parameters(there))
    assert ended.code == 0, ended.stdout
    calls = [line for line in ended.stdout.splitlines() if line.startswith("Job.")]
    assert calls == ["Job.init shardline-dev-trending on Spark 3.5.6 with jr_0a1b", "Job.commit"]
    assert run_job("trending", **parameters(here)).code == 0
    assert sorted(there.parquet(COLUMNS)) == sorted(here.parquet(COLUMNS))
    assert len(there.parquet(COLUMNS)) > 20
    assert [each["letter_id"] for each in there.letters()] == [each["letter_id"] for each in here.letters()]
    assert len(there.letters()) == 1


def test_a_job_that_fails_on_glue_raises_and_commits_nothing(on_glue: Callable[..., Ended]):
    ended = on_glue("trending", {"CHECKPOINT_PATHS": "/x", "WATERMARK": "soon"})
    assert ended.code != 0
    assert "--CHECKPOINT_PATHS is no parameter of this job; did you mean --CHECKPOINT_PATH?" in ended.stdout
    assert "--WATERMARK is 'soon'; expected a duration" in ended.stdout
    assert "JobFailed: trending ended with exit code 2: its parameters are wrong" in ended.stdout
    assert "Job.commit" not in ended.stdout


def test_every_parameter_gets_past_getresolvedoptions():
    for key in {each.key for job in JOBS for each in job.parameters}:
        words = ["glue.py", *OF_GLUE, "--SHARDLINE_JOB", "trending", f"--{key}", "a value"]
        assert ours_among(words) == [key]
        resolved = getResolvedOptions(words, ["JOB_NAME", "SHARDLINE_JOB", key])
        assert (resolved[key], resolved["JOB_NAME"]) == ("a value", "shardline-dev-trending"), key


def test_a_key_that_begins_one_of_glues_would_not():
    """That of Glue 5.1 takes the beginning of a name for the name."""
    with pytest.raises(GlueArgumentError, match="ambiguous option: --JOB could match"):
        getResolvedOptions(["glue.py", *OF_GLUE, "--JOB", "trending"], ["JOB_NAME"])
