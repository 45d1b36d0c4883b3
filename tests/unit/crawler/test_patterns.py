"""Allow and deny patterns: syntax, and none that runs for ever."""

import time

import pytest
from chalicelib.crawler.extract import patterns
from chalicelib.crawler.extract.patterns import InvalidPattern

from shared.text import canonical_urls

# Patterns on which a backtracking engine takes 2^n or n^k steps, and a text that makes it so.
HOSTILE = {
    "nested plus": (r"^(a+)+$", "a"),
    "nested star": (r"^(a*)*$", "a"),
    "star of plus": (r"^(a+)*$", "a"),
    "alternation that overlaps": (r"^(a|aa)+$", "a"),
    "alternation with itself": (r"^(a|a)*$", "a"),
    "alternation with any": (r"^(.|a)*$x", "a"),
    "optional chain": (r"^" + "a?" * 40 + "a" * 40 + "$", "a"),
    "three stars": (r"^.*a.*a.*a.*b$", "a"),
    "bounded nest": (r"^(a{1,20}){1,20}$", "a"),
    "words": (r"^(\w+\s?)*$", "word "),
    "mail": (r"^([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}", "a"),
    "path": (r"^(/[^/]*)*/end$", "/a"),
    "query": (r"^\S+\?(&?\w+=\w*)*#$", "a=b&"),
    "lazy": (r"^(.*?,){11}P", "1,"),
    "trailing space": (r"\s+$", " "),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_match_takes_at_most_program_times_length(name: str) -> None:
    pattern, piece = HOSTILE[name]
    text = (piece * canonical_urls.MAX_LENGTH)[: canonical_urls.MAX_LENGTH - 1] + "!"
    matcher = patterns.compile([pattern])
    # RE2's bound on the steps, counted: a backtracking engine takes 2^2000 for some of these.
    assert matcher.program * len(text) < 5_000_000
    started = time.thread_time()
    assert not matcher.matches(text)
    assert time.thread_time() - started < 1


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(a)\1", "escape"), (r"(?=x)", "supported"), (r"(?!x)y", "supported"),
        (r"(?<=x)y", "(?<="), (r"(?<!x)y", "(?<!"), (r"(?>a+)", "supported"),
        (r"a++", "repetition"), (r"(a", "missing )"), (r"a)", "unexpected )"),
        (r"[z-a]", "range"), (r"[", "missing ]"), (r"*a", "repetition"), (r"a{1001}", "repetition"),
        (r"((a{100}){100}){100}", "repetition"), ("", "characters"), ("a" * 501, "characters"),
        ("\ud800", "Unicode"), ("(?:a{1,100}b?){1,10}" * 20, "too large"), ("\\", "trailing"),
    ],
)  # fmt: skip
def test_a_pattern_that_cannot_be_used_is_named(pattern: str, reason: str) -> None:
    with pytest.raises(InvalidPattern) as caught:
        patterns.compile(["/fine", pattern])
    assert caught.value.pattern == pattern
    assert reason in caught.value.reason


def test_patterns_are_counted() -> None:
    assert patterns.compile([f"/{n}" for n in range(100)]).matches("http://x/99")
    with pytest.raises(InvalidPattern, match="more than 100"):
        patterns.compile([f"/{n}" for n in range(101)])


def test_patterns_together_are_bounded() -> None:
    one = "(?:a{1,50}b?){1,8}"
    patterns.compile([one])
    with pytest.raises(InvalidPattern, match="too large"):
        patterns.compile([f"{one}{n}" for n in range(40)])


def test_what_matches() -> None:
    matcher = patterns.compile([r"/blog/\d{4}/", r"\.pdf$", r"(?i)^https?://[^/]*\.example\.org/"])
    assert matcher
    assert matcher.matches("http://a/blog/2024/x")
    assert matcher.matches("http://a/x.pdf")
    assert matcher.matches("HTTP://Www.Example.Org/")
    assert not matcher.matches("http://a/x.pdf?y")
    assert not matcher.matches("http://a/blog/24/x")
    # A pattern's parentheses, alternatives and flags are its own.
    assert not patterns.compile(["^a|b$", "^c"]).matches("xc")
    assert not patterns.compile(["(?i)^x", "^b"]).matches("B")
    assert patterns.compile(["ü/é"]).matches("http://a/ü/é")
    nothing = patterns.compile([])
    assert not nothing
    assert not nothing.matches("http://a/")
