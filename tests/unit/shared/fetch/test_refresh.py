"""Refreshes by HTML's own rules."""

import time

import pytest

from shared.net.refresh import refresh_of

BASE = "http://example.com/dir/page"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0; url=/x", (0, "http://example.com/x")),
        (" 3;URL = 'x' ; y", (3, "http://example.com/dir/x")),
        ('0,url="/x"', (0, "http://example.com/x")),
        ("0 /x", (0, "http://example.com/x")),
        ("1.5; /x", (1, "http://example.com/x")),
        (".5; url=/x", (0, "http://example.com/x")),
        ("600;url=http://other.example/", (600, "http://other.example/")),
        ("5", None),
        ("5;", None),
        ("5; url=", None),
        ("url=/x", None),
        ("soon; url=/x", None),
        ("0; url=http://[", None),
        ("", None),
    ],
)
def test_refreshes(value: str, expected: tuple[int, str] | None) -> None:
    assert refresh_of(value, BASE) == expected


def test_only_soon_ones_redirect() -> None:
    soon, late = refresh_of("10; url=/x", BASE), refresh_of("11; url=/x", BASE)
    assert soon is not None
    assert late is not None
    assert (soon.redirects, late.redirects) == (True, False)


def test_long_values_cost_little() -> None:
    started = time.thread_time()
    for value in (" " * 1_000_000, "0" + " " * 1_000_000 + "x", "0" * 1_000_000, "0." * 500_000):
        refresh_of(value, BASE)
    assert time.thread_time() - started < 1
