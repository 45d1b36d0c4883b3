"""Templates: what they can do, and everything that ends them."""

import time

import pytest

from scripts.base.domain import load_app

load_app("notifications")
from chalicelib.notifications.templates import documents, sandbox
from chalicelib.notifications.templates.sandbox import TemplateError


def render(source, *, html=False, **data):
    return sandbox.render(sandbox.compile_template(source, html=html), data)


@pytest.mark.parametrize(
    ("source", "data", "text"),
    [
        ("Hello {{ name }}!", {"name": "Ada"}, "Hello Ada!"),
        ("{% if n > 1 %}{{ n }} items{% else %}one{% endif %}", {"n": 3}, "3 items"),
        ("{% for x in xs %}{{ loop.index }}={{ x }};{% endfor %}", {"xs": ["a", "b"]}, "1=a;2=b;"),
        ("{% for k, v in o.items() %}{{ k }}:{{ v }} {% endfor %}", {"o": {"a": 1}}, "a:1 "),
        ("{{ xs | sort | join(', ') }}", {"xs": [3, 1]}, "1, 3"),
        ("{{ 'a' ~ n ~ 'b' }}{{ 7 % 4 + n * 2 }}", {"n": 1}, "a1b5"),
        ("{{ gone | default('none') }}", {}, "none"),
        ("{% for i in range(3) %}{{ i }}{% endfor %}", {}, "012"),
        ("{{ name | upper | truncate(5) }}", {"name": "abc"}, "ABC"),
    ],
)
def test_they_say_what_they_should(source, data, text):
    assert render(source, **data) == text


def test_values_are_escaped_in_html_and_nowhere_else():
    sources = ("{{ x }}", "{{ '<b>' ~ x }}", "{{ [x, x] | join('<i>') }}")
    plain, joined, listed = (render(one, html=True, x="<a href='x'>") for one in sources)
    assert plain == "&lt;a href=&#39;x&#39;&gt;"
    assert joined == "&lt;b&gt;&lt;a href=&#39;x&#39;&gt;"
    assert listed == f"{plain}&lt;i&gt;{plain}"
    assert render("{{ x }}", x="<a>") == "<a>"


NESTED = "{% for a in range(1000) %}"
DOUBLING = "".join(f"{{% for v{n + 1} in [{'~'.join([f'v{n}'] * 50)}] %}}" for n in range(8))


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("{{ nope }}", "undefined"),
        ("{{ data.b.c }}", "no attribute"),
        ("{{ 1 if", "Line 1"),
        ("{% for x in xs %}", "Line 1"),
        (NESTED * 3 + "{% endfor %}" * 3, "steps"),
        ("{% for i in range(10000000000) %}x{% endfor %}", "range"),
        (NESTED + "{{ big }}" + "{% endfor %}", "longer"),
        (DOUBLING + "{{ v8 }}" + "{% endfor %}" * 8, "longer"),
        ("{{ 'a' * 1000000000 }}", "numbers"),
        ("{{ '%1000000000d' % 1 }}", "numbers"),
        ("{{ 10 ** 10 ** 10 }}", "not available"),
        ("{{ big.center(100000000) }}", "not safely callable"),
        ("{{ '{:>1000000000}'.format(1) }}", "not safely callable"),
        ("{{ [[big, big] | string, 'x'] | string }}", "no text"),
        ("{{ [big, big] }}", "no text"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ self._TemplateReference__context }}", "unsafe"),
        ("{{ cycler('a') }}", "not safely callable"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "macro"),
        ("{% set a = 'x' %}", "set"),
        ("{% include 'x' %}", "include"),
        ("{% import 'os' as os %}", "import"),
        ("{% for x in xs recursive %}{{ loop(xs) }}{% endfor %}", "recursive"),
        ("{{ big | safe }}", "safe"),
        ("{% autoescape false %}{{ big }}{% endautoescape %}", "autoescape"),
        ("{{ 1 / 0 }}", "zero"),
        ("{% for x in 5 %}{% endfor %}", "not iterable"),
        ("{{ (" * 2000, "deep"),
        ("x" * 64_001, "longer"),
    ],
)
def test_nothing_goes_on_forever_and_every_error_has_words(source, why):
    started = time.thread_time()
    with pytest.raises(TemplateError, match=why):
        render(source, xs=["a"], data={}, big="b" * 1000, v0="v" * 100)
    assert time.thread_time() - started < 3


DOCUMENT = {
    "default_locale": "en",
    "locales": {
        "en": {"title": "Hello {{ name }}", "text": "{{ n }} left", "html": "<p>{{ name }}</p>"},
        "de": {"title": "Hallo {{ name }}", "text": "noch {{ n }}", "url": "/x/{{ n }}"},
    },
    "schema": {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "n": {"type": "integer"}},
        "additionalProperties": False,
    },
}


def with_part(**parts):
    return {**DOCUMENT, "locales": {"en": {"title": "t", "text": "t", **parts}}}


def with_schema(**members):
    return {**DOCUMENT, "schema": {"type": "object", **members}, "locales": {
        "en": {"title": "t", "text": "t"},
    }}  # fmt: skip


@pytest.mark.parametrize(
    ("locale", "title"),
    [
        ("de", "Hallo Ada"),
        ("de-AT", "Hallo Ada"),
        ("de-Latn-AT", "Hallo Ada"),
        ("fr", "Hello Ada"),
        (None, "Hello Ada"),
    ],
)
def test_a_locale_falls_back_to_its_language_and_then_to_the_default(locale, title):
    documents.check(DOCUMENT)
    texts = documents.render(DOCUMENT, {"name": "Ada", "n": 2}, locale)
    assert texts.title == title
    assert texts.url == ("/x/2" if title.startswith("Hallo") else None)


def test_a_title_is_one_line():
    texts = documents.render(DOCUMENT, {"name": "A\r\nBcc: all@example.com", "n": 1}, None)
    assert texts.title == "Hello A Bcc: all@example.com"
    assert texts.html == "<p>A\r\nBcc: all@example.com</p>"


@pytest.mark.parametrize(
    "data",
    [{}, {"name": 1, "n": 1}, {"name": "a", "n": "1"}, {"name": "a", "n": 1, "more": 1},
     {"name": "a"}],
)  # fmt: skip
def test_data_must_fit(data):
    with pytest.raises(TemplateError):
        documents.render(DOCUMENT, data, None)


@pytest.mark.parametrize(
    "document",
    [
        {**DOCUMENT, "default_locale": "fr"},
        with_part(html="{{ unknown }}"),
        with_part(text="{% if %}"),
        with_schema(properties={"a": {"$ref": "http://127.0.0.1/x"}}),
        with_schema(properties={"a": {"type": "string", "pattern": "(a+)+$"}}),
        with_schema(properties={"a": {"type": "nonsense"}}),
        {**with_schema(), "schema": {"type": "string"}},
    ],
)
def test_a_document_that_cannot_be_used_is_refused(document):
    with pytest.raises(TemplateError):
        documents.check(document)


def test_a_variable_may_be_called_as_a_keyword():
    documents.check(with_schema(properties={"pattern": {"type": "string", "enum": ["$ref"]}}))


ADDRESS = {
    "default_locale": "en",
    "locales": {"en": {"title": "t", "text": "t", "url": "{{ u }}"}},
}


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//example.com", "data:text/html,x", "http://a b"]
)
def test_an_address_is_of_the_web(url):
    with pytest.raises(TemplateError, match="url"):
        documents.render(ADDRESS, {"u": url}, None)
    for good in ("/status/1", "https://example.com/?a=b"):
        assert documents.render(ADDRESS, {"u": good}, None).url == good
