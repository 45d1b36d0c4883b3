"""Arguments of `rookery-crawl --resume` that the crawl itself refuses."""

from pathlib import Path
from typing import Any

import pytest
from chalicelib.crawler.runs import reading, runs

from scripts.crawl import command


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--warc", "out"], "keeps no bodies"),
        (["--max-pages", "4"], "is 5 and can only grow"),
    ],
)
def test_what_a_crawl_cannot_do_is_said(
    tables: Any, tmp_path: Path, arguments: list[str], words: str
) -> None:
    begun = {
        "url": "http://a.test/", "scope": "host", "order": "depth-first", "max_pages": 5,
        "frontier": "hosts",
    }  # fmt: skip
    run_id = runs.begin(command.OWNER, begun, None)["id"]
    given = ["--resume", run_id, *(one.replace("out", str(tmp_path)) for one in arguments)]
    with pytest.raises(command.WrongArguments, match=words):
        command.begin(command.parser().parse_args(given))
    assert reading.show(run_id, command.OWNER, True)["max_pages"] == 5
