"""One spelling for every page."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.text import canonical_urls
from shared.text.canonical_urls import canonical, digest, is_trap

SAME = {
    "http://example.com/": [
        "http://example.com", "HTTP://EXAMPLE.COM/", "http://example.com:80/", "http://example.com/#x",
        "http://example.com/?", "http://example.com/.", "http://example.com/a/..",
        " http://example.com/ ",
        "http://example.com./", "http:\\\\example.com\\", "http://ex%61mple.com/", "http://example.com/?&&",
        "http://example.com/?utm_source=a&UTM_Medium=b&gclid=1&fbclid=2&_ga=3",
        "http://example.com/?PHPSESSID=abc&jsessionid=1&sid=2f6c8a1be04d47d5", "http://example.com/;jsessionid=1F",
        "http://exa\nmple.com/",
    ],
    "http://example.com/~user/a%2Fb%20c": [
        "http://example.com/%7euser/a%2fb c", "http://example.com/%7Euser/a%2Fb%20c",
        "http://example.com/./~user/x/../a%2fb%20c",
    ],
    "http://example.com/?a=1&b=2&b=1&c": [
        "http://example.com/?c&b=2&a=1&b=1", "http://example.com/?a=1&c&b=2&b=1&utm_id=4#top",
    ],
    "https://xn--bcher-kva.example/%C3%BC?q=%C3%BC": [
        "https://bücher.example/ü?q=ü", "https://BÜCHER.example:443/%c3%bc?q=%c3%bc",
    ],
    "http://127.0.0.1:8080/": ["http://0x7f.1:8080/", "http://2130706433:8080", "http://127。0。0。1:8080"],
    "http://example.com/page.aspx": ["http://example.com/(S(lit3py55t21z5v55vlm25s55))/page.aspx"],
}  # fmt: skip

DIFFERENT = [
    "http://example.com/a", "http://example.com/A", "http://example.com/a/", "https://example.com/a",
    "http://example.com/a?", "http://example.com/a?b", "http://example.com/a?b=", "http://example.com//a",
    "http://example.com/a%2Fb", "http://example.com/a/b", "http://www.example.com/a",
    "http://example.com/a?x=1&x=2", "http://example.com/a?x=2&x=1", "http://example.com/a+b",
    "http://example.com/a%20b", "http://example.com/?sid=1", "http://example.com/?sid=2",
    "http://example.com/?sidebar=1", "http://example.com/?utmost=1",
]  # fmt: skip

NO_PAGE = [
    "", " ", "javascript:void(0)", "mailto:a@b.c", "tel:+1", "data:,x", "ftp://example.com/",
    "http://", "http:///", "http://user@example.com/", "http://u:p@example.com/", "http://[::1",
    "http://example.com:99999/", "http://a b/", "http://%00/", "http://....", "http://\ud800/",
    "http://example.com/" + "a" * 2048, "relative/path", "//example.com/", "#",
]  # fmt: skip


@pytest.mark.parametrize(("expected", "spelling"), [(e, s) for e in SAME for s in [e, *SAME[e]]])
def test_spellings_of_one_page(expected: str, spelling: str) -> None:
    assert canonical(spelling) == expected


def test_different_pages_stay_different() -> None:
    found = {canonical(url) for url in DIFFERENT}
    # "/a" and "/a?" are the one pair that is the same page.
    assert len(found) == len(DIFFERENT) - 1
    assert None not in found


@pytest.mark.parametrize("url", NO_PAGE)
def test_what_is_no_page(url: str) -> None:
    assert canonical(url) is None


def test_the_longest_address_has_2048_characters() -> None:
    longest = "http://example.com/".ljust(2048, "a")
    assert canonical(longest) == longest
    assert canonical(longest + "a") is None


def test_relative_links_build_on_their_base() -> None:
    base = "http://example.com/a/b?c"
    assert canonical("../d", base) == "http://example.com/d"
    assert canonical("?x=1", base) == "http://example.com/a/b?x=1"
    assert canonical("//other.example/", base) == "http://other.example/"
    assert canonical("", base) == "http://example.com/a/b?c"
    assert canonical("http://[", base) is None
    assert canonical("x", "no base") is None


_NASTY = st.text(
    alphabet=st.sampled_from("ab%2eE7/\\.;:?&=#@[]()~+ü\t\n\0 ﹪。sid_utm"), max_size=40
)


@given(st.one_of(st.text(max_size=60), _NASTY), st.one_of(st.none(), _NASTY))
@example("%%37e", None)
@example("%25%37e", None)
@example("0", "?")
def test_it_is_idempotent_and_never_raises(text: str, query: str | None) -> None:
    for url in (text, f"http://example.com/{text}", f"https://{text}/?{query}"):
        once = canonical(url)
        if once is not None:
            assert canonical(once) == once
            assert len(once) <= canonical_urls.MAX_LENGTH
            assert once.startswith(("http://", "https://"))
            assert isinstance(is_trap(once), bool)


@given(st.text(max_size=40), st.text(max_size=40))
def test_joining_never_raises(link: str, path: str) -> None:
    found = canonical(link, f"http://example.com/{path}")
    assert found is None or canonical(found) == found


def test_addresses_keep_what_keys_drop() -> None:
    for url, address in (
        ("HTTP://Example.com./p?b=2&a=1&utm_id=3&&#top", "http://example.com/p?b=2&a=1&utm_id=3&&"),
        ("http://example.com/p;jsessionid=4AF?sid=2f6c8a1be04d47d5a1", None),
        ("http://example.com/(S(lit3py55t21z5v55vlm25s55))/%7eada?x=%e9%", None),
        ("http://example.com/article.pl?sid=1", None),
    ):
        found = canonical_urls.spellings(url)
        assert found is not None
        assert found.address == (address or url) == canonical_urls.address(url)
        # The key of an address, and of the canonical URLs that older items hold, is one.
        assert canonical_urls.key(url) == canonical_urls.key(found.canonical)
        assert canonical_urls.key(url) == digest(found.canonical)
    assert canonical_urls.address("mailto:a@b") is None


def test_digests() -> None:
    assert digest("http://example.com/") == digest("http://example.com/")
    assert len(digest("x")) == 32
    assert len({digest(str(n)) for n in range(1000)}) == 1000


@pytest.mark.parametrize(
    "path",
    ["/a/a/a/a", "/x/y/x/y/x/y/x/y", "/" + "/".join(map(str, range(30))),
     "/?" + "&".join(f"p{n}=1" for n in range(11))],
)  # fmt: skip
def test_traps(path: str) -> None:
    assert is_trap(f"http://example.com{path}")


@pytest.mark.parametrize("path", ["/", "/a/b/a/b", "/2024/10/10/10", "/?a=1&b=2&c=3&d=4&e=5"])
def test_ordinary_paths_are_no_traps(path: str) -> None:
    assert not is_trap(f"http://example.com{path}")
