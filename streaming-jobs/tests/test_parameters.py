"""What is said of parameters that are wrong."""

from __future__ import annotations

import pytest

from shardline_jobs.lib.outputs import OUTPUTS
from shardline_jobs.lib.parameters import WrongParameters, parse


@pytest.mark.parametrize(
    "word",
    [
        "--OPENSEARCH_NODE=https://admin:hunter2@search.example.com",
        "--REDSHIFT_URL=jdbc:redshift://h:5439/dev?user=me&password=hunter2",
        "--REDSHIFT_URL=jdbc:redshift://h:5439/dev;SecretAccessKey=hunter2",
        "--REDSHIFT_URL=jdbc:redshift://h:5439/dev?webIdentityToken=hunter2",
        "--REDSHIFT_URL=jdbc:redshift://h:5439/dev?plugin_name=p&token=hunter2",
    ],
)
def test_a_url_that_is_refused_for_what_signs_in_is_not_shown(word: str):
    with pytest.raises(WrongParameters) as caught:
        parse([word], OUTPUTS)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(f"{word.partition('=')[0]} is set; expected a URL such as ")
    assert "hunter2" not in str(caught.value)
