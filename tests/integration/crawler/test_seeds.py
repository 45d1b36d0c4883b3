"""Crawls whose start pages are in an uploaded file."""

import json
from typing import Any

import pytest

from shared.base.process import process
from shared.http.quotas import Quotas
from tests.integration.crawler.crawler_support import Site, finished
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return platform.register(verify=True)


def form(**parts: str | bytes) -> tuple[bytes, str]:
    """A multipart body, files as bytes, with its media type."""
    body = b"".join(
        b'--limit\r\ncontent-disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (
            name.encode(),
            b'; filename="f"' if isinstance(value, bytes) else b"",
            value if isinstance(value, bytes) else value.encode(),
        )
        for name, value in parts.items()
    )
    return body + b"--limit--\r\n", "multipart/form-data; boundary=limit"


def test_seeds_are_uploaded(platform: Platform, person: Person, site: Site) -> None:
    crawl_members = json.dumps({"allow_private": True, "max_depth": 0, "scope": "any"})
    file = f"page,url\na,{site.url}/p/1\nb,{site.url}/p/2\nc,{site.url}/p/3\n"
    body, kind = form(seeds=file.encode(), crawl=crawl_members)
    sent = person.call("POST", "/1/crawls/upload", body, content_type=kind, Idempotency_Key="u-1")
    assert sent.status == 202, sent.body
    again = person.call("POST", "/1/crawls/upload", body, content_type=kind, Idempotency_Key="u-1")
    assert again.json() == sent.json()
    found = finished(platform, person, sent.json()["data"]["id"])
    assert (found["seeds"], found["stats"]["fetched"]) == (3, 3)
    assert set(site.fetched_paths()) == {"/p/1", "/p/2", "/p/3"}
    # Files count against the quota of uploads.
    other = platform.register(verify=True)
    with process.limited(Quotas(uploads=10)):
        nothing, kind = form(seeds=b"no address here")
        answers = [other.call("POST", "/1/crawls/upload", nothing, content_type=kind).status]
        answers += [other.call("POST", "/1/crawls/upload", body, content_type=kind).status]
    assert answers == [400, 429]
    # The same as JSON.
    sent = person.call("POST", "/1/crawls/upload", {"seeds": site.url, "crawl": crawl_members})
    assert finished(platform, person, sent.json()["data"]["id"])["stats"]["fetched"] == 1


@pytest.mark.parametrize(
    ("parts", "status", "words"),
    [
        ({}, 400, "no addresses"),
        ({"seeds": b"http://a.example/\n/relative\n"}, 400, "not an http(s) URL"),
        ({"seeds": b"http://a.example/\nhttp://10.0.0.1/\n"}, 400, "not public"),
        ({"seeds": b"http://a.example/", "crawl": "{"}, 400, "JSON"),
        ({"seeds": b"http://a.example/", "crawl": "[]"}, 400, "object"),
        ({"seeds": b"http://a.example/", "crawl": '{"max_pages": 0}'}, 400, "max_pages"),
        ({"seeds": b"http://a.example/", "crawl": '{"seeds": []}'}, 400, "the file has the seeds"),
        ({"seeds": b"http://a.example/", "surprise": "1"}, 400, "surprise"),
        ({"seeds": b"x" * 4_600_000}, 413, "4.5 MB"),
    ],
)
def test_bad_uploads_are_refused(
    person: Person, parts: dict[str, Any], status: int, words: str
) -> None:
    body, kind = form(**parts)
    answer = person.call("POST", "/1/crawls/upload", body, content_type=kind)
    assert answer.status == status, answer.body
    assert words in answer.body.decode()
