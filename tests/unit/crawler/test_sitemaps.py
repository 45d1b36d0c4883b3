"""Sitemaps, indexes and feeds, also broken and hostile ones."""

import gzip
import time

import pytest
from chalicelib.crawler.core.limits import MAX_LINKS
from chalicelib.crawler.extract.sitemaps import Listing, read

NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
URLSET = f"""<?xml version="1.0" encoding="UTF-8"?><urlset {NS}>
<url><loc> http://example.com/a?x=1&amp;y=2 </loc><lastmod>2024-01-01</lastmod></url>
<url><loc>http://example.com/b</loc><image:image xmlns:image="i"><image:loc>http://i/x.png</image:loc>
</image:image></url><url><loc>http://example.com/b</loc></url></urlset>"""
INDEX = (
    f"<sitemapindex {NS}><sitemap><loc>http://example.com/1.xml.gz</loc></sitemap></sitemapindex>"
)
RSS = """<rss version="2.0"><channel><title>News &amp; <![CDATA[more]]></title>
<link>http://example.com/</link><item><title>x</title><link>http://example.com/1</link>
<description>&lt;a href="/no"&gt;</description></item>
<item><link> http://example.com/2 </link></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><link rel="self" href="/self"/>
<link href="/home"/><entry><link rel="alternate" href="/1"/><link rel="edit" href="/no"/></entry>
</feed>"""
RDF = """<rdf:RDF xmlns:rdf="r" xmlns="http://purl.org/rss/1.0/"><channel><title>R</title>
<link>http://example.com/</link></channel>
<item><link>http://example.com/1</link></item></rdf:RDF>"""


def listing(body: str | bytes, content_type: str = "") -> Listing | None:
    data = body.encode() if isinstance(body, str) else body
    return read(data, content_type, 10_000_000)


@pytest.mark.parametrize(
    ("body", "kind", "urls", "title"),
    [
        (URLSET, "sitemap", ["http://example.com/a?x=1&y=2", "http://example.com/b"], None),
        (INDEX, "index", ["http://example.com/1.xml.gz"], None),
        (RSS, "feed", [f"http://example.com/{n}" for n in ("", 1, 2)], "News & more"),
        (ATOM, "feed", ["/home", "/1"], "A"),
        (RDF, "feed", [f"http://example.com/{n}" for n in ("", 1)], "R"),
        ("\ufeffhttp://example.com/1\r\nhttps://example.com/2\n\nnot one", "sitemap",
         ["http://example.com/1", "https://example.com/2"], None),
    ],
    ids=["urlset", "index", "rss", "atom", "rdf", "text"],
)  # fmt: skip
def test_kinds(body: str, kind: str, urls: list[str], title: str | None) -> None:
    for data in (body.encode(), gzip.compress(body.encode())):
        found = listing(data)
        assert found is not None
        assert (found.kind, found.urls, found.title, found.cut) == (kind, urls, title, 0)


@pytest.mark.parametrize(
    "body",
    ["", "<html><url><loc>http://x/</loc></url></html>", "words", "<", b"\x1f\x8bnot gzip",
     gzip.compress(b"<urlset>")[:12], "<?xml version='1.0'?>", b"\x00\x01"],
)  # fmt: skip
def test_what_is_none(body: str | bytes) -> None:
    assert listing(body) is None


def test_what_breaks_off_gives_what_came_before() -> None:
    cut = URLSET.partition("<url><loc>http://example.com/b")[0]
    for body in (cut, cut + "</wrong>", cut + "<url><loc>http://ex", cut + "&nope; <b"):
        found = listing(body)
        assert found is not None
        assert found.urls[0] == "http://example.com/a?x=1&y=2"
    found = listing(gzip.compress((URLSET * 50).encode())[:-30])
    assert found is not None
    assert found.urls


def test_charsets_of_sitemaps() -> None:
    body = "<?xml version='1.0' encoding='iso-8859-1'?>"
    body += f"<urlset {NS}><url><loc>http://x/é</loc></url></urlset>"
    for data in (body.encode("latin-1"), body.replace("iso-8859-1", "utf-16").encode("utf-16")):
        found = listing(data)
        assert found is not None
        assert found.urls == ["http://x/é"]


def test_entries_beyond_the_limit_are_counted() -> None:
    many = "".join(f"<url><loc>http://x/{n}</loc></url>" for n in range(MAX_LINKS + 7))
    found = listing(f"<urlset {NS}>{many}</urlset>")
    assert found is not None
    assert (len(found.urls), found.cut) == (MAX_LINKS, 7)
    found = listing("\n".join(f"http://x/{n}" for n in range(MAX_LINKS + 7)))
    assert found is not None
    assert (len(found.urls), found.cut) == (MAX_LINKS, 7)


ENTITIES = "".join(
    f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "http://x/"}">' for n in range(10)
)


@pytest.mark.parametrize(
    "body",
    [
        f"<!DOCTYPE urlset [{ENTITIES}]><urlset><url><loc>&e9;</loc></url></urlset>",
        '<!DOCTYPE u [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        "<urlset><url><loc>&x;</loc></url></urlset>",
        '<!DOCTYPE u SYSTEM "http://127.0.0.1:1/dtd"><urlset><url><loc>http://x/</loc></url></urlset>',
        "<urlset>" + "<url>" * 200_000,
        "<urlset " + "".join(f"a{n}='1' " for n in range(100_000)) + ">",
        "<rss>" + "<link>" * 100_000,
        gzip.compress(b"<urlset>" + b" " * 100_000_000),
        "http://" * 1_000_000,
    ],
    ids=["laughs", "file", "dtd", "deep", "attributes", "links", "bomb", "line"],
)
def test_hostile_listings_cost_little(body: str | bytes) -> None:
    started = time.thread_time()
    found = listing(body)
    assert time.thread_time() - started < 5
    for url in found.urls if found else ():
        assert len(url) < 7_000_001
        assert "root:" not in url
