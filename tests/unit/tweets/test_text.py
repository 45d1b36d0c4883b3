import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.base.domain import load_app

load_app("tweets")

from chalicelib.tweets.core import text

from shared.contracts import tweet_object
from shared.contracts.fields import TWEET_FIELDS
from shared.text import entities, links


@pytest.mark.parametrize(
    ("written", "weight"),
    [
        ("hello", 5),
        ("语言", 4),
        ("é", 1),
        ("😀", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("👍🏽", 2),
        ("🇧🇪🇧🇪", 4),
        ("see https://example.com/" + "x" * 400, 4 + 23),
        ("http://127.0.0.1:8000/demo/", 23),
        ("“quoted”", 8),
        ("example.com and it.so", 23 + 5 + 23),
        ("© 2026", 6),
        ("©️ ⏰️ ☀️", 8),
        ("1️⃣#️⃣", 4),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ("👩🏽‍❤️‍💋‍👨🏻", 2),
        # More than four joined are more than one emoji: no way around the limit.
        ("\u200d".join("👍" * 40), 20 + 9),
        ("", 0),
    ],
)
def test_weighted_length(written: str, weight: int) -> None:
    assert text.weighted_length(written) == weight


@pytest.mark.parametrize(
    ("written", "urls"),
    [
        ("a https://example.com/x?y=1&z=2#f b", ["https://example.com/x?y=1&z=2#f"]),
        ("(https://example.com/a_(b))", ["https://example.com/a_(b)"]),
        ("end https://example.com.", ["https://example.com"]),
        (
            "https://example.com/?a=1, https://b.example!",
            ["https://example.com/?a=1", "https://b.example"],
        ),
        ("HTTPS://EXAMPLE.COM/Path", ["HTTPS://EXAMPLE.COM/Path"]),
        ("https://bücher.example/straße", ["https://bücher.example/straße"]),
        ("mailto:a@b.example ftp://x javascript:alert(1)", []),
        ("xhttps://example.com", []),
        # Without a scheme: top-level domains decide, and accents do no harm.
        ("see example.com, a.co.uk/a, ELPAÍS.com.", ["example.com", "a.co.uk/a", "ELPAÍS.com"]),
        ("foo.baz www.nothing.zzz readme.md.", ["readme.md"]),
        ("日本語example.comです。twitter.みんなへ", ["example.com", "twitter.みんな"]),
        ("example.com/日本 http://example.com日本", ["example.com/", "http://example.com"]),
        ("a@example.com #example.com $example.com x_example.com -example.com", []),
        ("http://a_b.a.org http://a.b_c.org http://-a.org http://a-.org", ["http://a_b.a.org"]),
        ("http://nowhere http://x.y http://a.com-pany", []),
        ("http://xn--はじめ.com http://" + "a" * 64 + ".com", []),
        ("https://a.org:80/x?y=1. b.org:80/x", ["https://a.org:80/x?y=1", "b.org:80/x"]),
        ("http://localhost:80/x 127.0.0.1/x b.org?x", ["http://localhost:80/x", "b.org"]),
        ("https://e.example/a_(b_(c)). (e.com/x)", ["https://e.example/a_(b_(c))", "e.com/x"]),
    ],
)
def test_urls(written: str, urls: list[str]) -> None:
    assert [url for _, _, url in links.find_urls(written)] == urls


def test_entities_count_code_points() -> None:
    found = entities.entities("😀😀 @Bob #tag https://e.example/@bob#x", {"bob": "7"})
    assert found["mentions"] == [{"start": 3, "end": 7, "username": "Bob", "id": "7"}]
    assert found["hashtags"] == [{"start": 8, "end": 12, "tag": "tag"}]
    assert (found["urls"][0]["start"], found["urls"][0]["end"]) == (13, 37)


@pytest.mark.parametrize(
    "written",
    [
        "a@bob",
        "@",
        "@toolongusernamehere",
        "@bob@a.com",
        "!@x",
        "@bob/list",
        "@bobé",
        "@http://a.b",
    ],
)
def test_what_is_no_mention(written: str) -> None:
    assert entities.find_mentions(written) == []


def test_mentions_beside_other_scripts() -> None:
    written = "の@bobに RT@ann ＠cy, (@dan)"
    assert [name for _, _, name in entities.find_mentions(written)] == ["bob", "ann", "cy", "dan"]


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("#1", []),
        ("#a1 #日本", ["a1", "日本"]),
        ("x#y &#39;", []),
        ("#a#b #http://example.com", []),
        ("#महात्मा #ไทย #می\u200cخواهم #il·lusió", ["महात्मा", "ไทย", "می\u200cخواهم", "il·lusió"]),
        ("☀️#sun ＃wide #️⃣x", ["sun", "wide"]),
    ],
)
def test_hashtags(written: str, tags: list[str]) -> None:
    assert [tag for _, _, tag in entities.find_hashtags(written)] == tags


def test_cashtags() -> None:
    written = "$TEST. $BRK.A x$y $TOOLONGS $1 $a_b1"
    found = [tag for _, _, tag in entities.find_cashtags(written)]
    assert found == ["TEST", "BRK.A", "a"]


def test_an_address_without_a_scheme_is_http() -> None:
    (found,) = entities.entities("see example.com/x now", {})["urls"]
    assert (found["url"], found["expanded_url"]) == ("example.com/x", "http://example.com/x")


@given(st.text(max_size=400))
def test_cleaned_text_is_clean_and_entities_lie_inside(written: str) -> None:
    try:
        cleaned = text.clean(written)
    except text.InvalidTextError:
        return
    assert text.clean(cleaned) == cleaned
    assert text.weighted_length(cleaned) <= text.MAX_WEIGHT
    cleaned.encode("utf-8")
    names = {name.lower(): "1" for _, _, name in entities.find_mentions(cleaned)}
    for kind, values in entities.entities(cleaned, names).items():
        for value in values:
            part = cleaned[value["start"] : value["end"]]
            shown = {"urls": "url", "mentions": "username"}.get(kind, "tag")
            assert part.endswith(value[shown])


def test_a_page_of_the_longest_texts_is_an_answer_that_lambda_can_give() -> None:
    link = "http://example.com/" + "ж" * 4000
    words = text.clean(f"{link} {'http://example.com/' + 'ж' * 440} {'x' * 20}")
    tweet = {
        "id": "1" * 19,
        "author_id": "1",
        "text": words,
        "kind": "tweet",
        "entities": entities.entities(words, {}),
    }
    shown = tweet_object.present(tweet, frozenset(TWEET_FIELDS) - {"viewer"})
    assert len(tweet["entities"]["urls"]) == 2
    assert 200 * len(json.dumps(shown, ensure_ascii=False).encode()) < 6_000_000
    with pytest.raises(text.InvalidTextError, match="too long"):
        text.clean("http://example.com/" + "ж" * 4_000 + " http://example.com/" + "ж" * 480)
