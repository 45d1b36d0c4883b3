import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.domain import load_app

load_app("tweets")

from chalicelib.tweets import text  # noqa: E402

from shared import entities  # noqa: E402


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
    ],
)
def test_urls(written: str, urls: list[str]) -> None:
    assert [url for _, _, url in entities.find_urls(written)] == urls


def test_entities_count_code_points() -> None:
    found = entities.entities("😀😀 @Bob #tag https://e.example/@bob#x", {"bob": "7"})
    assert found["mentions"] == [{"start": 3, "end": 7, "username": "Bob", "id": "7"}]
    assert found["hashtags"] == [{"start": 8, "end": 12, "tag": "tag"}]
    assert (found["urls"][0]["start"], found["urls"][0]["end"]) == (13, 37)


@pytest.mark.parametrize(
    "written", ["a@bob", "@", "@toolongusernamehere", "@bob@example.com", "/@x"]
)
def test_what_is_no_mention(written: str) -> None:
    assert entities.find_mentions(written) == []


@pytest.mark.parametrize(
    ("written", "tags"), [("#1", []), ("#a1 #日本", ["a1", "日本"]), ("x#y", [])]
)
def test_hashtags(written: str, tags: list[str]) -> None:
    assert [tag for _, _, tag in entities.find_hashtags(written)] == tags


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
            shown = {"urls": "url", "mentions": "username", "hashtags": "tag"}[kind]
            assert part.endswith(value[shown])
