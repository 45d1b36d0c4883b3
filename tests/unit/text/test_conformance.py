"""twitter-text's conformance cases against the server's rules for text.

The web client runs the same file: `web/tests/text/conformance.test.ts`.
"""

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.base.domain import load_app

load_app("tweets")

from chalicelib.tweets.core.text import InvalidTextError, clean, weighted_length

from shared.text.entities import find_cashtags, find_hashtags, find_mentions
from shared.text.links import Link, find_urls

CASES = json.loads((Path(__file__).parents[2] / "data" / "twitter_text.json").read_text("utf-8"))
FIND: dict[str, Callable[[str], list[Link]]] = {
    "mentions": find_mentions,
    "hashtags": find_hashtags,
    "cashtags": find_cashtags,
    "urls": find_urls,
}


def cases(kind: str) -> Any:
    """Parametrize a test with the cases of a kind."""
    of_kind = CASES[kind]
    return pytest.mark.parametrize(
        ("text", "expected"),
        [(case["text"], case["expected"]) for case in of_kind],
        ids=[f"{number}: {case['description']}" for number, case in enumerate(of_kind)],
    )


@cases("mentions")
def test_mentions(text: str, expected: list[str]) -> None:
    assert [name for _, _, name in find_mentions(text)] == expected


@cases("hashtags")
def test_hashtags(text: str, expected: list[str]) -> None:
    assert [tag for _, _, tag in find_hashtags(text)] == expected


@cases("cashtags")
def test_cashtags(text: str, expected: list[str]) -> None:
    assert [symbol for _, _, symbol in find_cashtags(text)] == expected


@cases("urls")
def test_urls(text: str, expected: list[str]) -> None:
    assert [url for _, _, url in find_urls(text)] == expected


@pytest.mark.parametrize("kind", FIND)
def test_indices(kind: str) -> None:
    of_kind = CASES[f"{kind}_with_indices"]
    assert of_kind
    for case in of_kind:
        found = FIND[kind](case["text"])
        shown = [{"value": value, "indices": [start, end]} for start, end, value in found]
        assert shown == case["expected"], case["description"]


def test_every_top_level_domain() -> None:
    known = CASES["top_level_domains"]
    names = " ".join(known["names"]).split()
    assert len(names) > 1500
    for name in names:
        text = known["text"].format(name)
        assert find_urls(text) == [(0, len(text), text)]


@cases("weights")
def test_weights(text: str, expected: int) -> None:
    # Tweets are stored in NFC; texts are weighed as they are stored.
    assert weighted_length(unicodedata.normalize("NFC", text)) == expected


@cases("validity")
def test_validity(text: str, expected: bool) -> None:
    try:
        clean(text)
    except InvalidTextError:
        assert not expected
    else:
        assert expected
