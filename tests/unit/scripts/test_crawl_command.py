"""Arguments of `rookery-crawl` that start nothing."""

from pathlib import Path

import pytest

from scripts.base.domain import load_app
from scripts.crawl import command, memory

load_app("crawler")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "either a URL or --resume"),
        (["http://127.0.0.1/", "--resume", "x"], "either a URL or --resume"),
        (["http://127.0.0.1/", "--export", "pages.xls"], ".csv, .jsonl or .parquet"),
        (["http://127.0.0.1/", "--export", "nowhere/pages.csv"], "no such directory"),
        (["--resume", "x", "--order", "depth-first"], "--order: a crawl keeps"),
        (["--resume", "x", "--allow-private"], "--allow-private: a crawl keeps"),
        (["--resume", "x", "--max-depth", "3"], "--max-depth: a crawl keeps"),
        (["--resume", "x", "--frontier", "plain"], "--frontier: a crawl keeps"),
        (["--resume", "x", "--scope", "any"], "--scope: a crawl keeps"),
    ],
)
def test_contradictions_are_refused(arguments: list[str], words: str) -> None:
    with pytest.raises(command.WrongArguments, match=words):
        command.check(command.parser().parse_args(arguments))


def test_files_of_the_first_call_are_remembered(tmp_path: Path) -> None:
    export = tmp_path / "pages.csv"
    first = memory.files_of(tmp_path, "r", Path("out"), export)
    assert first == memory.Wanted(Path("out").absolute(), export)
    assert memory.files_of(tmp_path, "r", None, None) == first
    other = memory.files_of(tmp_path, "r", None, tmp_path / "other.csv")
    assert other == memory.Wanted(Path("out").absolute(), tmp_path / "other.csv")
    assert memory.files_of(tmp_path, "s", None, None) == memory.Wanted(None, None)


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
