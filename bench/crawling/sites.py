"""Made-up webs of several shapes, each a process of its own.

``python -m bench.crawling.sites SHAPE PAGES [HOSTS]`` prints a JSON list of its origins: so many
addresses of the loopback network, each a site of so many pages. Shapes:

- ``sparse``: pages of 1 KB with ten links, so that many of them can be crawled;
- ``cycle``: each page links to the next one, the last one to the first;
- ``calendar``: every page also links to an endless calendar;
- ``hostile``: see `bench.crawling.hostile`.

``GET /-/log`` answers with the targets that were asked for, and the moments of the requests by
host.
"""

import json
import random
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bench.crawling import hostile
from scripts.base.process import ROOT, stop

LOG_PATH = "/-/log"
_LINKS = 10
_NUMBER = re.compile(r"\d+$")


def _page(number: int, links: list[str]) -> bytes:
    anchors = " ".join(f'<a href="{link}">page</a> of the site' for link in links)
    return f"<!doctype html><title>Page {number}</title><body>{anchors}".ljust(1000).encode()


def sparse(number: int, pages: int) -> bytes:
    """Page with ten links, two of which make the site a tree."""
    chance = random.Random(number)
    found = [2 * number + 1, 2 * number + 2, *(chance.randrange(pages) for _ in range(_LINKS - 2))]
    return _page(number, [f"/page/{one % pages}" for one in found])


def cycle(number: int, pages: int) -> bytes:
    """Page that links to the next one."""
    return _page(number, [f"/page/{(number + 1) % pages}"])


def calendar(number: int, pages: int) -> bytes:
    """Page of a site with a calendar; beyond the last page, a day of that."""
    if number >= pages:
        return _page(number, [f"/calendar?day={number + step}" for step in (1, 2)])
    found = [one for one in (2 * number + 1, 2 * number + 2) if one < pages]
    return _page(number, [f"/calendar?day={pages}", *(f"/page/{one}" for one in found)])


def trap(number: int, pages: int) -> bytes:
    """First page of a hostile site."""
    return _page(number, [f"/page/{one}" for one in range(pages)])


SHAPES: dict[str, Callable[[int, int], bytes]] = {
    "sparse": sparse,
    "cycle": cycle,
    "calendar": calendar,
    "hostile": trap,
}


class Site(ThreadingHTTPServer):
    """One site and its log."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, shape: str, pages: int, address: str) -> None:
        super().__init__((address, 0), _Handler)
        self.shape, self.count, self.address = shape, pages, address
        self.origin = f"http://{address}:{self.server_address[1]}"
        self.log: Counter[str] = Counter()
        self.moments: list[float] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: crawlers end connections."""

    def answer(self, target: str) -> hostile.Answer:
        """Header lines and body of a page."""
        if target == "/robots.txt":
            return {}, b"User-agent: *\nAllow: /\n"
        self.log[target] += 1
        self.moments.append(time.time())
        found = _NUMBER.search(target)
        number = int(found[0]) if found else 0
        if self.shape == "hostile" and number:
            kinds = hostile.answers()
            return kinds[number % len(kinds)]
        return {}, SHAPES[self.shape](number, self.count)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Site

    def do_GET(self) -> None:
        """Answer with a page, or with the log."""
        if self.path == LOG_PATH:
            log = {"targets": self.server.log, "moments": self.server.moments}
            self._send({}, json.dumps(log).encode())
        else:
            self._send(*self.server.answer(self.path))

    def _send(self, headers: dict[str, str], body: bytes | None) -> None:
        self.send_response_only(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        for name, value in headers.items():
            self.send_header(name, value)
        if body is not None:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        try:
            for part in hostile.endless() if body is None else (body,):
                self.wfile.write(part)
        except OSError:
            # The crawler has had enough.
            self.close_connection = True

    log_message = partial(lambda *_: None)


@contextmanager
def serving(shape: str, pages: int, hosts: int = 1) -> Iterator[list[str]]:
    """Serve sites from a process of their own; yields their origins."""
    command = [sys.executable, "-m", "bench.crawling.sites", shape, str(pages), str(hosts)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())
    finally:
        stop([server], 5)


def log_of(origin: str) -> dict[str, Any]:
    """Return a site's log: ``targets`` with counts, ``moments`` (Unix s)."""
    with urllib.request.urlopen(origin + LOG_PATH) as answer:  # noqa: S310 (our own server)
        found: dict[str, Any] = json.load(answer)
    return found


def main() -> None:
    """Serve until terminated."""
    shape, pages, hosts = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if shape == "hostile":
        hostile.answers()
    sites = [Site(shape, pages, f"127.0.0.{number + 1}") for number in range(hosts)]
    for site in sites:
        threading.Thread(target=site.serve_forever, daemon=True).start()
    print(json.dumps([site.origin for site in sites]), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
