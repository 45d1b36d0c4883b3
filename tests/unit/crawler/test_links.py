"""Titles and links of well-formed, malformed and hostile pages."""

import time

import pytest
from chalicelib.crawler.extract.links import forbids_following, parse
from hypothesis import given
from hypothesis import strategies as st

BASE = "http://example.com/dir/page"


def links(html: str | bytes, **options: str) -> list[str]:
    body = html.encode() if isinstance(html, str) else html
    found = parse(body, options.pop("content_type", "text/html; charset=utf-8"), BASE, **options)
    return [link.removeprefix("http://example.com") for link in found.links]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="x">', ["/dir/x"]),
        ("<A HREF=/x>", ["/x"]),
        ("<a href='/x'><a href=\"/x?utm_source=y\"><a href=/x#top>", ["/x"]),
        ("<a href='/a&amp;b'>", ["/a&b"]),
        ("<a href=' \n/x '>", ["/x"]),
        ('<area href="/x"><iframe src="/y"></iframe><frame src=/z>', ["/x", "/y", "/z"]),
        ('<link href="/x" rel="stylesheet"><img src="/y"><script src="/z"></script>', []),
        ('<a href=/a><link href="/n" rel="next"><link rel=prev href=/p>', ["/a", "/n", "/p"]),
        ("<link rel=canonical href=/c><link rel=alternate hreflang=de href=/de>", ["/c", "/de"]),
        ("<link rel='alternate stylesheet' href=/x><link rel='next nofollow' href=/y>", []),
        ("<link rel=alternate type=application/rss+xml href=/feed>", []),
        ("<link rel=alternate type=application/pdf href=/x.pdf>", []),
        ("<base href='/other/'><a href=x>", ["/other/x"]),
        ("<a href=x><base href='/late/'><base href='/later/'>", ["/late/x"]),
        ("<base href='http://['><a href=x>", ["/dir/x"]),
        ("<a rel=nofollow href=/x><a rel='a NoFollow b' href=/y><a rel=me href=/z>", ["/z"]),
        ("<meta name=robots content='noindex, nofollow'><a href=/x>", []),
        ("<meta name=ROOKERYBOT content=none><a href=/x>", []),
        ("<meta name=otherbot content=nofollow><a href=/x>", ["/x"]),
        ("<a href='mailto:a@b'><a href='javascript:x'><a href='#y'><a href=''>", []),
        ("<!-- <a href=/hidden> --><a href=/x>", ["/x"]),
        ("<script>'<a href=/hidden>'</script><a href=/x>", ["/x"]),
        ("<div><p><a href=/x><table><tr></b><a href=/y", ["/x"]),
        ("<a href=/x><a/href=/y><a\thref\n=\n'/z'>", ["/x", "/y", "/z"]),
        ("\x00<a href=/x>\x00<a href=/y>", ["/x", "/y"]),
        ("<plaintext><a href=/x>", []),
        ("", []),
        ("just text", []),
        ("<", []),
    ],
)
def test_links(html: str, expected: list[str]) -> None:
    assert links(html) == expected


def test_other_hosts_and_ports_are_kept_apart() -> None:
    assert links("<a href='//other.example/'><a href='http://example.com:81/'>") == [
        "http://other.example/",
        ":81/",
    ]


def test_the_header_forbids_too() -> None:
    assert links("<a href=/x>", robots_header="noindex, NOFOLLOW") == []
    assert links("<a href=/x>", robots_header="noindex") == ["/x"]
    assert forbids_following("rookerybot: nofollow")
    assert not forbids_following("nofollowing")


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>A page</title>", "A page"),
        ("<title>\n  two\n words </title><title>other</title>", "two words"),
        ("<title></title>", None),
        ("<svg><title>icon</title></svg>", "icon"),
        ("<p>none</p>", None),
        ("<title>A &amp; B &lt;c&gt;</title>", "A & B <c>"),
        ("<title>" + "x" * 5000, "x" * 300),
    ],
)
def test_titles(html: str, title: str | None) -> None:
    assert parse(html.encode(), "text/html", BASE).title == title


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<title>é</title>".encode("latin-1"), "text/html; charset=iso-8859-1"),
        ("<meta charset=windows-1252><title>é</title>".encode("cp1252"), "text/html"),
        ("<title>é</title>".encode("utf-16"), "text/html"),
        ("\ufeff<title>é</title>".encode(), "text/html; charset=latin-1"),
        ("<title>é</title>".encode(), ""),
        ("<title>é</title>".encode(), "text/html; charset=no-such-thing"),
    ],
)
def test_charsets(body: bytes, content_type: str) -> None:
    assert parse(body, content_type, BASE).title == "é"


@given(st.binary(max_size=300), st.text(max_size=30))
def test_it_never_fails(body: bytes, content_type: str) -> None:
    parse(body, content_type, BASE)
    parse(b"<html><a href='" + body + b"'><title>" + body, "text/html", BASE)


@pytest.mark.parametrize(
    "body",
    [
        b"<div>" * 300_000 + b"<a href=/x>",
        b"<a href=/x>" * 150_000,
        b"<" * 2_000_000,
        b"<b><i>" * 150_000 + b"</b></i>" * 10_000,
        b"<a " + b"x=1 " * 400_000 + b">",
        b"<table>" * 200_000,
        b"<option>" * 200_000,
        b"&" * 2_000_000,
    ],
    ids=["deep", "links", "lt", "misnested", "attributes", "tables", "options", "ampersands"],
)
def test_hostile_pages_are_read_in_linear_time(body: bytes) -> None:
    started = time.thread_time()
    parse(body[:2_000_000], "text/html", BASE)
    assert time.thread_time() - started < 5
