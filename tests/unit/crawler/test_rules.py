"""Extraction rules: syntax, values, and rules and pages made to hang."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from chalicelib.crawler.extract import rules
from chalicelib.crawler.extract.rules import InvalidRule
from chalicelib.crawler.extract.sandbox import TIMED_OUT, Sandbox

PAGE = """<html><head><title>Shop</title></head><body><h1> Red
 <b>kettle</b></h1><ul class="tags"><li><a href="/a">A</a><li><a href="/b">B</a></ul>
<dl><dt>Price<dd class="price sale">10 €</dl><p>one<p>two<img src=/i.png alt=""></body></html>"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"css": "h1"}, "Red kettle"),
        ({"css": "h1::text"}, "Red"),
        ({"css": "li a::attr(href)"}, "/a"),
        ({"css": "li a::attr(href)", "all": True}, ["/a", "/b"]),
        ({"css": ".price.sale"}, "10 €"),
        ({"css": "ul.tags > li:nth-child(2)"}, "B"),
        ({"css": "p:last-of-type"}, "two"),
        ({"css": "h1, title", "all": True}, ["Shop", "Red kettle"]),
        ({"css": ".none"}, None),
        ({"css": "img::attr(alt)"}, None),
        ({"xpath": "//dt[.='Price']/following-sibling::dd[1]"}, "10 €"),
        ({"xpath": "count(//li)"}, "2"),
        ({"xpath": "1 div 4"}, "0.25"),
        ({"xpath": "//li/a = 'A'"}, "true"),
        ({"xpath": "string(//h1)"}, "Red kettle"),
        ({"xpath": "//p/text()", "all": True}, ["one", "two"]),
        ({"xpath": "translate(//h1, 'abcdefghijklmnopqrstuvwxyz', '')"}, "R"),
        ({"xpath": "//comment()"}, None),
    ],
)
def test_values(sandbox: Sandbox, rule: dict[str, Any], expected: Any) -> None:
    rules.check({"column": rule})
    assert sandbox.extract(PAGE, {"column": rule}) == ({"column": expected} if expected else {})


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"css": "a["}, "not valid CSS"), ({"css": "a::before"}, "pseudo-elements"),
        ({"css": "a::attr()"}, "pseudo-elements"), ({"css": "p:hover-not-known"}, "not valid CSS"),
        ({"css": ""}, "1 to 300"), ({"css": "a" * 301}, "1 to 300"),
        ({"css": ":not(" * 40 + "a" + ")" * 40}, "not valid CSS"),
        ({"xpath": "//a["}, "not valid XPath"), ({"xpath": "//a/$x"}, "variables"),
        ({"xpath": "re:test(., '(a+)+$')"}, "namespaces"), ({"xpath": "//svg:path"}, "namespaces"),
        ({"xpath": "ext : call()"}, "namespaces"), ({"xpath": "\x00"}, "not valid XPath"),
        ({}, "one of css and xpath"), ({"css": "a", "xpath": "//a"}, "one of css and xpath"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_named(rule: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidRule) as caught:
        rules.check({"fine": {"css": "a"}, "wrong": rule})
    assert caught.value.name == "wrong"
    assert reason in caught.value.reason
    selector = rule.get("css") or rule.get("xpath")
    if selector and len(rule) == 1:
        assert repr(selector[:100]) in caught.value.reason


def test_columns_are_words_and_few() -> None:
    for name in ("", "Price", "a-b", "1a", "a" * 41, "a b", "ä"):
        with pytest.raises(InvalidRule, match="column"):
            rules.check({name: {"css": "a"}})
    with pytest.raises(InvalidRule, match="more than 30"):
        rules.check({f"c{n}": {"css": "a"} for n in range(31)})


def test_names_with_colons_in_texts_are_no_namespaces() -> None:
    rules.check({"a": {"xpath": "//meta[@property='og:title']/@content"}})
    rules.check({"b": {"css": "meta[property='og:title']::attr(content)"}})
    rules.check({"c": {"xpath": "//a/ancestor-or-self::*[1]"}})


FLAT = "<p class=a>x</p>" * 100_000
# Expressions that take N^2 to N^4 steps on a page made for them.
SLOW = {
    "siblings of siblings": "//p/following-sibling::p/following-sibling::p",
    "everything for everything": "//*[//p = //*]",
    "back and forth": "//p/preceding-sibling::p/following-sibling::p/preceding-sibling::p",
    "nested parents": "//p[../p[../p[../p = 'y']]]",
    "css": "p ~ p ~ p",
}


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_rule_ends_and_takes_no_other_with_it(sandbox: Sandbox, name: str) -> None:
    kind = "css" if name == "css" else "xpath"
    given = {"title": {"css": "title"}, "slow": {kind: SLOW[name]}, "later": {"css": "p"}}
    rules.check(given)
    before = sandbox.started
    found = sandbox.extract("<title>T</title>" + FLAT, given, seconds=0.3)
    assert found == {"title": "T", TIMED_OUT: ["slow", "later"]}
    # CPU time ended it, not patience: the machine may be busy.
    assert sandbox.exit_code == -signal.SIGPROF
    # The next page gets a new child.
    assert sandbox.extract(PAGE, {"t": {"css": "title"}}) == {"t": "Shop"}
    assert sandbox.started == before + (2 if before == 0 else 1)


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 300_000, "<b><i>" * 150_000 + "</b></i>" * 10_000, "<table>" * 200_000,
        "<a " + "".join(f"x{n}=1 " for n in range(100_000)) + ">", "&" * 1_000_000, "", "<",
        "\x00", "<option>" * 200_000, "\ud800", "<select><optgroup>" * 50_000,
    ],
    ids=["deep", "misnested", "tables", "attributes", "ampersands", "empty", "lt", "nul",
         "options", "surrogate", "optgroups"],
)  # fmt: skip
def test_hostile_pages_never_fail(sandbox: Sandbox, html: str) -> None:
    found = sandbox.extract(html, {"t": {"css": "title"}, "all": {"css": "*", "all": True}})
    assert "t" not in found


def test_values_are_bounded(sandbox: Sandbox) -> None:
    html = "".join(f"<p>{'x' * 2000}</p>" for _ in range(100))
    one = sandbox.extract(html, {"one": {"css": "p"}})["one"]
    assert one == "x" * 500
    many = sandbox.extract(html, {f"c{n}": {"css": "p", "all": True} for n in range(5)})
    # Ten thousand characters each: none fits the room of a page.
    assert many == {}
    fitting = sandbox.extract(html, {f"c{n}": {"css": "p"} for n in range(30)})
    assert len(fitting) == 16
