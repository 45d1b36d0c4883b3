"""A small web to crawl: fixed pages, many spellings, an access log.

Runs as a process of its own (``python -m bench.web PORT PAGES``), so that its
CPU is nobody else's. ``GET /-/log`` answers with the targets asked for so far.

Every page holds about fifty links and 30 KB of text. A link's target has one
page and eight spellings: as it is, parameters in another order, a tracking
parameter, a session id, a fragment, needless escapes, dot segments, and the
host's scheme in capitals. (Default ports cannot be tried on a port that is
not 80.)
"""

import json
import random
import re
import sys
from collections import Counter
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

LINKS = 50
BYTES = 30_000
LOG_PATH = "/-/log"
_PAGE = re.compile(r"/page/(\d+)")
_WORDS = (
    "rook elm harbour tide ledger lantern orchard kettle meadow signal copper winter thread "
    "quarry compass feather granite marsh paper river saddle tower violet willow anchor"
).split()
# How often each spelling is used: most links on the web are plain.
_WEIGHTS = (40, 12, 12, 10, 10, 6, 6, 4)


def spelling(number: int, kind: int, origin: str) -> str:
    """One of the eight ways to link to a page."""
    path, plain = f"/page/{number}", "lang=en&view=full"
    return (
        f"{path}?{plain}",
        f"{path}?view=full&lang=en",
        f"{path}?{plain}&utm_source=feed&utm_medium=rss",
        f"{path}?sessionid=a1b2c3d4e5f6&{plain}",
        f"{path}?{plain}#part-2",
        f"/%70age/{number}?lang=%65n&view=full",
        f"/page/./x/../{number}?{plain}",
        f"{origin.replace('http:', 'HTTP:')}{path}?{plain}",
    )[kind]


def page_of(target: str) -> int | None:
    """The number of the page that a request target spells."""
    found = _PAGE.search(unquote(urlsplit(target).path).replace("/./x/..", ""))
    return int(found[1]) if found else None


def page(number: int, pages: int, origin: str) -> bytes:
    """The HTML of one page; the next page is always among its links."""
    chance = random.Random(number)
    targets = [(number + 1) % pages, *(chance.randrange(pages) for _ in range(LINKS - 1))]
    kinds = [0, *chance.choices(range(len(_WEIGHTS)), _WEIGHTS, k=LINKS - 1)]
    parts = [f"<!doctype html><html><head><title>Page {number}</title></head><body>"]
    for target, kind in zip(targets, kinds, strict=True):
        href = spelling(target, kind, origin).replace("&", "&amp;")
        words = " ".join(chance.choices(_WORDS, k=78))
        parts.append(f'<p>{words} <a href="{href}">page {target}</a>.</p>')
    text = "\n".join([*parts, "</body></html>"])
    return text.ljust(BYTES).encode()


class Site(ThreadingHTTPServer):
    """The pages, made once, and the log."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, pages: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        origin = f"http://127.0.0.1:{self.server_address[1]}"
        self.pages = [page(number, pages, origin) for number in range(pages)]
        self.log: Counter[str] = Counter()

    def answer(self, target: str) -> tuple[int, str, bytes]:
        """Status, content type and body."""
        if target == LOG_PATH:
            return 200, "application/json", json.dumps(self.log).encode()
        if target == "/robots.txt":
            return 200, "text/plain", b"User-agent: *\nAllow: /\n"
        number = page_of(target)
        if number is None or number >= len(self.pages):
            return 404, "text/plain", b"nothing here"
        self.log[target] += 1
        return 200, "text/html; charset=utf-8", self.pages[number]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Site

    def do_GET(self) -> None:
        """Answer with a page."""
        status, kind, body = self.server.answer(self.path)
        self.send_response_only(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    log_message = partial(lambda *_: None)


def main() -> None:
    """Serve until terminated; prints the origin when ready."""
    site = Site(int(sys.argv[1]), int(sys.argv[2]))
    print(f"http://127.0.0.1:{site.server_address[1]}", flush=True)
    site.serve_forever()


if __name__ == "__main__":
    main()
