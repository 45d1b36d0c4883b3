"""Start pages in uploaded files: lines, tables, sitemaps."""

import gzip

import pytest
from chalicelib.crawler.core.limits import MAX_SEEDS
from chalicelib.crawler.runs import seed_files

from shared.base.errors import Problem

A, B = "http://a.example/", "https://b.example/x?c=1,2;3"
SITEMAP = (
    "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{}</urlset>"
)
LOCS = f"<url><loc>{A}</loc></url><url><loc> {B} </loc></url>"


@pytest.mark.parametrize(
    "text",
    [
        f"{A}\n{B}",
        f"# start pages\r\n\r\n  {A}  \r\n{B}\r\n",
        f"\ufeff{A}\n{B}\n",
        f"url\n{A}\n{B}\n".replace(B, f'"{B}"'),
        f'title,URL,n\n"x, y",{A},1\n,"{B}",2\n,,3\n',
        f'n;address\n1;{A}\n2;"{B}"\n',
        f'name,where\nx,{A}\ny,"{B}"\n',
        f"{A}\tfirst\n{B}\tsecond\n",
        SITEMAP.format(LOCS),
        f"<rss><channel><item><link>{A}</link></item><item><link>{B}</link></item></channel></rss>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gzip"])
def test_addresses_of_a_file(text: str, encoding: str) -> None:
    body = gzip.compress(text.encode()) if encoding == "gzip" else text.encode(encoding)
    if encoding == "utf-16" and text.startswith("<"):
        text = text.replace("<?xml version='1.0'?>", "")
        body = text.encode("utf-16")
    assert seed_files.read(body) == [A, B]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no addresses"),
        (b"# nothing\n\n", "no addresses"),
        (b"name,age\nx,1\n", "no addresses"),
        (b"<html><a href='http://a.example/'>x</a></html>", "neither text, CSV nor a sitemap"),
        (b"<sitemapindex><sitemap><loc>http://a.example/</loc></sitemap></sitemapindex>", "index"),
        (b"\x1f\x8bnonsense", "no addresses"),
        (b"http://a.example/\n" * (MAX_SEEDS + 1), "more than 10000"),
        (
            SITEMAP.format(
                "".join(f"<url><loc>{A}{n}</loc></url>" for n in range(MAX_SEEDS + 1))
            ).encode(),
            "more than 10000",
        ),
    ],
    ids=["empty", "comments", "table", "page", "index", "gzip", "lines", "sitemap"],
)
def test_a_file_without_usable_addresses_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(Problem) as caught:
        seed_files.read(body)
    assert caught.value.status == 400
    assert caught.value.errors and words in caught.value.errors[0]["message"]


def test_a_whole_file_of_seeds_is_taken() -> None:
    lines = [f"http://a.example/{n}" for n in range(MAX_SEEDS)]
    assert seed_files.read("\n".join(lines).encode()) == lines
    listed = SITEMAP.format("".join(f"<url><loc>{one}</loc></url>" for one in lines))
    assert seed_files.read(listed.encode()) == lines


def test_a_small_file_that_expands_is_refused() -> None:
    bomb = gzip.compress(b"\n" * 12_000_001, 1)
    assert len(bomb) < 100_000
    with pytest.raises(Problem) as caught:
        seed_files.read(bomb)
    assert caught.value.errors and "12 MB, unpacked" in caught.value.errors[0]["message"]
