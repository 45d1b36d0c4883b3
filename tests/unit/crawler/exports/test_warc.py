"""WARC files of a run, read by warcio, and their index."""

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from scripts.crawl import files
from tests.unit.crawler.exports.conftest import SITE, Page

BODY = "<title>Ä</title>".encode() + bytes(range(256))
STORE = json.dumps({"store": ["warc", "graph"]})


def response(body: bytes, status: str = "HTTP/1.1 200 OK") -> Any:
    from chalicelib.crawler.store.port import Response

    headers = [
        ("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "br"),
        ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2\r\nX-Injected: yes"), ("Content-Length", "7"),
    ]  # fmt: skip
    request = "GET / HTTP/1.1\r\nHost: site.test\r\n\r\n"
    return Response(status, headers, body, request, "192.0.2.1")


@pytest.fixture(scope="module")
def run(stored: Any) -> Any:
    pages = [
        Page("/", (), "", {"response": response(BODY)}),
        Page("/a?b=1", (), "/", {"response": response(b"", "HTTP/1.1 404 Not Found")}),
        Page("/c", (), "/", {"response": response(b"three")}),
        Page("/none", (), "/"),
    ]
    return stored(pages, options=STORE)


def test_warcio_reads_every_record(run: Any, tmp_path: Path) -> None:
    (path,) = files.write_warc(run.id, tmp_path)
    found: list[tuple[str, str, bytes]] = []
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            url = record.rec_headers.get_header("WARC-Target-URI") or ""
            found.append((record.rec_type, url.removeprefix(SITE), record.content_stream().read()))
            assert record.rec_headers.protocol == "WARC/1.1"
            if record.rec_type == "response":
                assert record.rec_headers.get_header("WARC-IP-Address") == "192.0.2.1"
                assert record.http_headers.get_header("X-Archive-Orig-Content-Encoding") == "br"
                assert record.http_headers.get_header("Content-Encoding") is None
                assert record.http_headers.get_header("X-Injected") is None
                assert len(record.http_headers.headers) == 6
    responses = [(url, body) for kind, url, body in found if kind == "response"]
    assert responses == [("/", BODY), ("/a?b=1", b""), ("/c", b"three")]
    kinds = [kind for kind, *_ in found]
    assert kinds[:3] == ["warcinfo", "response", "request"]
    assert kinds.count("request") == 3


def test_the_index_leads_to_the_records(run: Any, tmp_path: Path) -> None:
    (path,) = files.write_warc(run.id, tmp_path)
    lines = (tmp_path / f"{run.id}.cdxj").read_text().splitlines()
    assert lines == sorted(lines)
    assert [line.split(" ")[0] for line in lines] == [
        "test,site)/", "test,site)/a?b=1", "test,site)/c",
    ]  # fmt: skip
    whole = path.read_bytes()
    for line in lines:
        entry = json.loads(line.split(" ", 2)[2])
        offset = int(entry["offset"])
        member = gzip.decompress(whole[offset : offset + int(entry["length"])])
        (record,) = ArchiveIterator(io.BytesIO(member))
        assert record.rec_headers.get_header("WARC-Target-URI") == entry["url"]
        assert record.rec_headers.get_header("WARC-Payload-Digest") == entry["digest"]
        assert record.http_headers.get_statuscode() == entry["status"]


def test_the_exports_are_one_file_and_its_index(run: Any, monkeypatch: Any) -> None:
    from chalicelib.crawler.exports import archives, exports, reports

    whole = b"".join(exports.content(run, "archive.warc.gz"))
    lines = b"".join(exports.content(run, "archive.cdxj")).decode().splitlines()
    assert [line.split(" ")[0] for line in lines] == [
        "test,site)/", "test,site)/a?b=1", "test,site)/c",
    ]  # fmt: skip
    for line in lines:
        entry = json.loads(line.split(" ", 2)[2])
        assert entry["filename"] == f"crawl-{run.id[:8]}-archive.warc.gz"
        start, length = int(entry["offset"]), int(entry["length"])
        (record,) = ArchiveIterator(io.BytesIO(whole[start : start + length]))
        assert record.rec_headers.get_header("WARC-Target-URI") == entry["url"]
    monkeypatch.setattr(archives, "MAX_BYTES", len(whole) - 1)
    with pytest.raises(reports.ReportRefused, match="a file may have"):
        b"".join(exports.content(run, "archive.warc.gz"))


def test_files_are_cut_at_a_size(run: Any, tmp_path: Path) -> None:
    written = files.write_warc(run.id, tmp_path, most=1)
    assert [path.name for path in written] == [f"{run.id}-00000.warc.gz", f"{run.id}-00001.warc.gz"]


def test_bodies_are_kept_on_request_only(stored: Any, tmp_path: Path) -> None:
    run = stored([Page("/", (), "", {"response": response(BODY)})])
    assert files.write_warc(run.id, tmp_path) == []


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://www.Example.COM/A", "com,example)/a"),
        ("http://www2.example.com/", "com,example)/"),
        ("https://a.b.example:8443/?q=1&a=2", "example,b,a:8443)/?a=2&q=1"),
        ("http://example.com//a?b=1&A=2&", "com,example)/a?&a=2&b=1"),
        ("http://example.com/a/", "com,example)/a"),
        ("http://example.com/a?", "com,example)/a"),
        ("http://127.0.0.1:8080/x", "1,0,0,127:8080)/x"),
        ("http://[::1]:8080/", "::1:8080)/"),
        (f"http://example.com/a?x=1&PHPSESSID={'a' * 32}", "com,example)/a?&x=1"),
    ],
)
def test_sort_keys_are_those_of_the_internet_archive(url: str, key: str) -> None:
    from chalicelib.crawler.store import cdxj

    assert cdxj.sort_key(url) == key
