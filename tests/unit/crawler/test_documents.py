"""Contents of pages besides titles and links to follow."""

import pytest
from chalicelib.crawler.extract import images, text_digest
from chalicelib.crawler.extract.links import Document, FoundLink, parse
from chalicelib.crawler.extract.wanted import Wanted

BASE = "http://example.com/dir/page"
SITE = "http://example.com"


def read(html: str, wanted: Wanted | None = None, robots: str = "", language: str = "") -> Document:
    return parse(
        html.encode(), "text/html; charset=utf-8", BASE, robots,
        language_header=language, wanted=wanted or Wanted(),
    )  # fmt: skip


def test_the_head_of_a_page() -> None:
    found = read(
        "<html lang=pt_br><title>T</title><meta name=Description content=' two\n words '>"
        "<link rel=canonical href='/c#x'><link rel=next href=/2><link rel=alternate hreflang=de"
        " href=/de><meta name=robots content='NOINDEX, noarchive, max-snippet:5'>"
        "<h1>One <b>big</b>\n head</h1><h2>Two</h2><h3>Three</h3><h1></h1>",
        robots="noindex, nosnippet",
    )
    assert found.description == "two words"
    assert (found.canonical, found.next) == (f"{SITE}/c", f"{SITE}/2")
    assert found.alternates == (("de", f"{SITE}/de"),)
    assert found.headings == ("One big head", "Two")
    assert found.language == "pt-BR"
    assert found.robots == ("noindex", "noarchive", "nosnippet")
    # Not asked for, so neither computed nor kept.
    assert (found.digest, found.simhash, found.structured, found.found) == (None, None, None, ())


@pytest.mark.parametrize(
    ("html", "header", "language"),
    [
        ("<html lang=DE>", "fr", "de"),
        ("<html xml:lang=en-us>", "", "en-US"),
        ("<meta http-equiv=content-language content='fr, de'>", "", "fr"),
        ("<p>", "sv, en", "sv"),
        ("<html lang='not a language'>", "it", "it"),
        ("<html lang=x>", "", None),
        ("<p>", "", None),
    ],
)
def test_languages(html: str, header: str, language: str | None) -> None:
    assert read(html, language=header).language == language


def test_all_links_with_kind_relation_and_text() -> None:
    html = (
        "<link rel=canonical href=/c><link rel=alternate type=application/atom+xml href=/feed>"
        "<a href=/a>  a <b>link</b>\n here</a> outside <a rel='nofollow ugc' href=/n>no</a>"
        "<a href='#top'>top</a><a href='mailto:x@y'>m</a><area href=/r><iframe src=/f>in</iframe>"
        "<a href=/a>again</a><img src=/i.png><meta http-equiv=refresh content='60; url=/later'>"
    )
    found = read(html, Wanted(graph=True))
    assert found.found == (
        FoundLink(f"{SITE}/c", "canonical"),
        FoundLink(f"{SITE}/feed", "feed", "application/atom+xml"),
        FoundLink(f"{SITE}/later", "refresh"),
        FoundLink(f"{SITE}/a", "a", "", "a link here"),
        FoundLink(f"{SITE}/n", "a", "nofollow ugc", "no"),
        FoundLink(f"{SITE}/r", "area"),
        FoundLink(f"{SITE}/f", "iframe"),
    )
    assert found.links == [f"{SITE}{path}" for path in ("/a", "/r", "/f", "/c")]
    assert read(html, Wanted(feeds=True)).links[-1] == f"{SITE}/feed"
    long = read(f"<a href=/x>{'w' * 200}</a>", Wanted(graph=True)).found
    assert long[0].text == "w" * 80


def test_images_on_request() -> None:
    html = (
        "<img src=/a.png srcset='/a.png 1x, /a2.png 2x'><video poster=/p.jpg src=/v.mp4></video>"
        "<picture><source srcset=/s.webp src=/no></picture><input type=image src=/b.gif>"
        "<input src=/no.gif>"
    )
    found = read(html, Wanted(images=True))
    paths = ["/a.png", "/a2.png", "/p.jpg", "/s.webp", "/b.gif"]
    assert found.links == [f"{SITE}{path}" for path in paths]
    assert found.found == tuple(FoundLink(f"{SITE}{path}", "image") for path in paths)
    assert read(html).links == []


@pytest.mark.parametrize(
    ("srcset", "expected"),
    [
        ("a.png", ["a.png"]),
        ("a.png 1x, b.png 2x", ["a.png", "b.png"]),
        ("a.png,b.png 2x", ["a.png,b.png"]),
        ("a.png, b.png", ["a.png", "b.png"]),
        (" ,, a.png 100w 50h ,b.png", ["a.png", "b.png"]),
        ("data:image/png;base64,AA== 1x, b.png", ["data:image/png;base64,AA==", "b.png"]),
        ("a.png (x, y) 1x, b.png", ["a.png", "b.png"]),
        ("", []),
        (",,,", []),
    ],
)
def test_srcset(srcset: str, expected: list[str]) -> None:
    assert list(images.candidates(srcset)) == expected


def test_srcset_is_bounded() -> None:
    assert len(list(images.candidates("x, " * 100_000))) == 20


def test_text_digest_and_simhash() -> None:
    words = [f"word{n}" for n in range(300)]
    wanted = Wanted(text=True)
    one = read(f"<p>{' '.join(words)}</p><script>nonce1</script><style>a</style>", wanted)
    same = read(f"<div>\n{'  '.join(words)}</div><script>nonce2</script>", wanted)
    near = read(f"<p>{' '.join([*words[:150], 'other', *words[151:]])}</p>", wanted)
    far = read("<p>" + " ".join(f"else{n}" for n in range(300)), wanted)
    assert one.digest == same.digest
    assert one.digest != near.digest
    hashes = [found.simhash for found in (one, same, near, far)]
    assert all(hashes)
    first, same_hash, near_hash, far_hash = (value or "" for value in hashes)
    assert first == same_hash
    assert text_digest.distance(first, near_hash) <= 8
    assert text_digest.distance(first, far_hash) >= 16
    assert read("<p></p>", wanted).simhash is None


def test_simhash_counts_each_bit() -> None:
    """The lanes of one integer agree with sums bit by bit."""
    words = [f"w{n % 7}" for n in range(100)]
    lanes = [text_digest._lanes(word) for word in words]
    expected = 0
    for bit in range(64):
        if 2 * sum(lane >> 16 * bit & 1 for lane in lanes) > len(words):
            expected |= 1 << bit
    assert text_digest.simhash(words) == f"{expected:016x}"


def test_structured_data_on_request() -> None:
    html = (
        "<meta property=og:title content=T><meta property='og:image' content=/1>"
        "<meta property='og:image' content=/2><meta name=twitter:card content=summary>"
        "<meta name=viewport content=x><meta property='fb:app_id' content=1>"
        '<script type=\'application/ld+json\'>{"@type": "Article", "n": [1]}</script>'
        "<script type=application/ld+json>{broken</script>"
        '<script type=\'application/ld+json; charset=utf-8\'><!-- [{"a": "b\nc"}] --></script>'
        '<script>{"no": 1}</script>'
    )
    assert read(html, Wanted(structured=True)).structured == {
        "meta": {"og:title": "T", "og:image": ["/1", "/2"], "twitter:card": "summary"},
        "json_ld": [{"@type": "Article", "n": [1]}, [{"a": "b\nc"}]],
    }
    assert read("<p>", Wanted(structured=True)).structured is None


@pytest.mark.parametrize(
    "block", ["[" * 50_000, '{"a":' * 10_000, '"x"', "NaN", "", '["' + "x" * 40_000 + '"]']
)
def test_hostile_json_is_left_out(block: str) -> None:
    html = f"<script type=application/ld+json>{block}</script>"
    assert read(html, Wanted(structured=True)).structured is None


def test_everything_is_bounded() -> None:
    html = (
        f"<meta name=description content='{'d' * 5000}'><h1>{'h' * 5000}</h1>"
        + "<h2>x</h2>" * 50
        + "".join(f"<link rel=alternate href=/{n}>" for n in range(200))
        + "".join(f"<meta property=og:x{n} content={'c' * 3000}>" for n in range(200))
        + "".join(f"<img src=/i{n}>" for n in range(6000))
    )
    found = read(html, Wanted(images=True, graph=True, structured=True))
    assert len(found.description or "") == 300
    assert len(found.headings) == 20
    assert max(map(len, found.headings)) == 200
    assert len(found.alternates) == 50
    assert found.structured is not None
    assert len(found.structured["meta"]) == 60
    assert len(found.found) == len(found.links) == 5000
