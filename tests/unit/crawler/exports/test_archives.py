"""WARC records of real requests: what went over the wire, and no more."""

import io
from typing import Any

from chalicelib.crawler.core import limits
from chalicelib.crawler.store import objects
from chalicelib.crawler.store.batches import BatchStore
from warcio.archiveiterator import ArchiveIterator

from shared.aws import sdk
from tests.unit.crawler.test_profiles import SECRET, Site, site
from tests.unit.crawler.test_visits import private_fetches
from tests.unit.shared.fetch.fetch_support import http

__all__ = ["private_fetches", "site"]
KEPT: dict[str, Any] = {"store": ["warc"]}


def records(run_id: str) -> dict[tuple[str, str], Any]:
    """Records with their contents, by kind and path."""
    found = {}
    for body in objects.read_many(objects.parts(run_id, objects.WARC)):
        for one in ArchiveIterator(io.BytesIO(body), check_digests="raise"):
            target = one.rec_headers.get_header("WARC-Target-URI") or ""
            one.body = one.content_stream().read()
            found[one.rec_type, "/" + target.partition("//")[2].partition("/")[2]] = one
    return found


def test_records_are_what_was_sent(site: Site, monkeypatch: Any) -> None:
    sdk.client("s3").create_bucket(Bucket=objects.bucket())
    monkeypatch.setattr(limits, "PAGE_BYTES", 40_000)
    site.store = BatchStore()
    paths = (b"/long", b"/short", b"/file.pdf", b"/moved", b"/leaf")
    html = b"<title>x</title>" + b"".join(b"<a href=%s>" % path for path in paths)
    site.answers |= {
        "/": (
            b"HTTP/1.0 200 All is well\r\nContent-Type: text/html\r\nX-Raw: caf\xe9\r\n"
            b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nETag: \"v1\"\r\n"
            b"content-LENGTH: %d\r\n\r\n%s" % (len(html), html)
        ),
        "/long": http(html + b"x" * 100_000, content_type="text/html"),
        "/short": (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"5\r\n<p>on\r\nnonsense\r\n"
        ),
        "/leaf": http(b"<p>leaf", content_type="text/html", etag='"v1"'),
        "/file.pdf": http(b"%PDF" * 1000, content_type="application/pdf"),
        "/moved": http(b"", "302 Found", location="/"),
    }  # fmt: skip
    site.crawl_with(**KEPT, **SECRET)
    found = records(site.run_id)
    root = found["response", "/"]
    assert root.rec_headers.get_header("WARC-IP-Address") == "127.0.0.1"
    assert (root.http_headers.protocol, root.http_headers.statusline) == (
        "HTTP/1.0", "200 All is well",
    )  # fmt: skip
    head = root.http_headers.headers
    assert [value for name, value in head if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert ("X-Raw", "café") in head and ("ETag", '"v1"') in head
    assert root.body == html
    # The request as the server got it, without the run's secrets.
    sent = found["request", "/"].http_headers
    asked = next(one for one in site.server.requests if one.startswith(b"GET / "))
    names = [line.partition(b":")[0].decode().lower() for line in asked.split(b"\r\n")[1:-2]]
    kept = [name.lower() for name, _ in sent.headers]
    assert set(kept) == set(names) - {"x-key", "cookie", "authorization"}
    assert sent.get_header("user-agent") == limits.user_agent()
    assert "hush" not in str(sent.headers)
    cut = {
        path: record.rec_headers.get_header("WARC-Truncated")
        for (kind, path), record in found.items() if kind == "response"
    }  # fmt: skip
    whole = dict.fromkeys(("/", "/moved", "/leaf"))
    assert cut == {**whole, "/long": "length", "/short": "disconnect"}
    # An answer that says "as it was" refers to what it was.
    base = site.finish()
    site.answers["/leaf"] = http(b"", "304 Not Modified")
    site.crawl_with(base_run=base, **KEPT)
    revisit = records(site.run_id)["revisit", "/leaf"].rec_headers
    assert revisit.get_header("WARC-Refers-To-Target-URI") == f"http://{site.host}/leaf"
    assert revisit.get_header("WARC-Profile").endswith("/revisit/server-not-modified")
    moment = found["response", "/leaf"].rec_headers.get_header("WARC-Date")
    assert revisit.get_header("WARC-Refers-To-Date")[:16] == moment[:16]
    lines = objects.read_many(objects.keys(site.run_id, objects.CDXJ))
    (line,) = [one for one in lines if b")/leaf " in one]
    assert b'"mime": "warc/revisit"' in line and b'"status": "304"' in line
