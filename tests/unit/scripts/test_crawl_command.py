"""Arguments of `rookery-crawl` that start nothing."""

from pathlib import Path

import pytest

from scripts.base.domain import load_app
from scripts.crawl import command

load_app("crawler")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "either a URL or --resume"),
        (["http://127.0.0.1/", "--resume", "x"], "either a URL or --resume"),
        (["http://127.0.0.1/", "--export", "pages.xls"], ".csv, .jsonl or .parquet"),
        (["http://127.0.0.1/", "--export", "nowhere/pages.csv"], "no such directory"),
    ],
)
def test_contradictions_are_refused(arguments: list[str], words: str) -> None:
    with pytest.raises(command.WrongArguments, match=words):
        command.check(command.parser().parse_args(arguments))


def test_unknown_words_are_refused() -> None:
    with pytest.raises(SystemExit) as ended:
        command.parser().parse_args(["http://example.com/", "--order", "sideways"])
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1/", "not public"),
        ("http://example.com:22/", "port 22"),
        ("ftp://example.com/", "not an http"),
        ("nonsense", "not an http"),
    ],
)
def test_what_cannot_be_crawled_is_said(url: str, words: str) -> None:
    with pytest.raises(command.WrongArguments, match=words):
        command.begin(command.parser().parse_args([url]))


def test_limits_out_of_range_are_said() -> None:
    arguments = command.parser().parse_args(["http://example.com/", "--max-pages", "0"])
    with pytest.raises(command.WrongArguments, match="max_pages"):
        command.begin(arguments)


def test_arguments_become_a_request(tmp_path: Path) -> None:
    arguments = command.parser().parse_args(
        ["http://a.test/", "--max-pages", "5", "--order", "depth-first", "--warc", str(tmp_path)]
    )
    assert command.request(arguments) == {
        "url": "http://a.test/", "max_pages": 5, "order": "depth-first",
        "options": {"store": ["warc", "graph"]},
    }  # fmt: skip


def test_the_last_lines_name_traps_and_cut_links() -> None:
    stats = {"fetched": 3, "failed": 1, "skipped": 0, "bytes": 2_500_000, "discovered": 9}
    run = {"status": "finished", "reason": "completed"}
    plain = "finished (completed): 3 fetched, 1 failed, 0 skipped, 2.5 MB"
    assert list(command.summary({**run, "stats": {**stats, "cut": {"depth": 0}}})) == [plain]
    cut = {"directory": 7, "repetition": 2, "depth": 0}
    traps = ["directory http://a.test/cal/"]
    assert list(command.summary({**run, "stats": {**stats, "cut": cut, "traps": traps}})) == [
        "links left out or held back: 7 by directory, 2 by repetition",
        "trap: directory http://a.test/cal/",
        plain,
    ]
