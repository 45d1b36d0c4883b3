"""A site to crawl, and crawls through the API."""

import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from scripts.base.domain import load_app
from tests.platform import Person, Platform

load_app("crawler")


PAGES = 40
ROBOTS = "User-agent: *\nDisallow: /private\n"


class Site:
    """A small web site that counts its requests."""

    def __init__(self) -> None:
        self.hits: Counter[str] = Counter()
        self.user_agents: set[str] = set()
        self.delay = 0.0
        self.hold: threading.Event | None = None
        self.redirects: dict[str, str] = {}
        self.lock = threading.Lock()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                with site.lock:
                    site.hits[self.path] += 1
                    site.user_agents.add(self.headers["user-agent"])
                if site.hold is not None and self.path != "/robots.txt":
                    site.hold.wait(20)
                time.sleep(site.delay)
                status, headers, body = site.answer(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        if self.hold is not None:
            self.hold.set()
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        plain = path.partition("?")[0]
        if plain == "/robots.txt":
            return 200, {"content-type": "text/plain"}, ROBOTS.encode()
        if plain in self.redirects:
            return 302, {"location": self.redirects[plain]}, b""
        if plain == "/missing":
            return 404, {"content-type": "text/html"}, b"<title>gone</title>"
        if plain == "/flaky" and self.hits[path] == 1:
            return 503, {"retry-after": "0"}, b""
        if plain == "/down":
            return 500, {}, b""
        if plain.startswith("/moved/"):
            return 302, {"location": plain.removeprefix("/moved")}, b""
        if plain == "/circle/a":
            return 301, {"location": "/circle/b"}, b""
        if plain == "/circle/b":
            return 301, {"location": "/circle/a"}, b""
        if plain == "/away":
            return 302, {"location": "http://127.0.0.1:9/"}, b""
        if plain == "/file.pdf":
            return 200, {"content-type": "application/pdf"}, b"%PDF" * 1000
        return 200, {"content-type": "text/html; charset=utf-8"}, self.page(plain).encode()

    def page(self, path: str) -> str:
        links = []
        if path == "/":
            links = [spelling for n in range(PAGES) for spelling in self.spellings(n)]
            links += ["/missing", "/flaky", "/down", "/moved/p/3", "/circle/a", "/away"]
            links += ["/file.pdf", "/private/page", "/trap/", "/nofollow", "/broken"]
            links += ["/list?b=2&a=1", "/list?a=1&b=2&utm_campaign=x", "/list?PHPSESSID=9&a=1&b=2"]
            links += [
                "http://example.invalid/",
                "mailto:a@example.com",
                "javascript:void(0)",
                "#top",
            ]
            links += ["/facets?" + "&".join(f"f{n}=1" for n in range(30))]
        elif path.startswith("/p/"):
            number = int(path.removeprefix("/p/"))
            links = [f"/p/{(number + 1) % PAGES}", f"/p/{number * 7 % PAGES}", "/", "#x"]
        elif path.startswith("/trap/"):
            links = ["deeper/"]
        elif path == "/nofollow":
            return "<title>n</title><a rel='external nofollow' href='/hidden'>h</a>"
        elif path == "/broken":
            return "<title>b</title><div><p><a href='/after-mess'>x<table><td></b></a><a href=/late"
        anchors = "".join(f'<a href="{link}">x</a>' for link in links)
        return f"<html><head><title>Page {path}</title></head><body>{anchors}</body></html>"

    def spellings(self, number: int) -> list[str]:
        path = f"/p/{number}"
        return [
            path,
            f"{path}#part",
            f"{path}?utm_source=a&utm_medium=b",
            f"/x/../p/./{number}",
            f"{self.url.upper().replace('HTTP', 'http')}{path}",
            f"{path};jsessionid=ABC{number}",
            "/%70/" + str(number),
        ]

    def fetched_paths(self) -> Counter[str]:
        return Counter({p: n for p, n in self.hits.items() if p != "/robots.txt"})


def start(person: Person, site: Site, **members: Any) -> str:
    order = {"url": site.url, "allow_private": True, **members}
    answer = person.call("POST", "/1/crawls", order)
    assert answer.status == 202, answer.body
    assert answer.json()["data"]["status"] == "running"
    run_id: str = answer.json()["data"]["id"]
    return run_id


def crawl(person: Person, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = person.ok("GET", f"/1/crawls/{run_id}")["data"]
    return found


def finished(
    platform: Platform, person: Person, run_id: str, timeout: float = 60
) -> dict[str, Any]:
    deadline = time.monotonic() + timeout
    while (found := crawl(person, run_id))["status"] == "running":
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    platform.settle()
    return crawl(person, run_id)


def pages(person: Person, run_id: str, size: int = 1000) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    token = ""
    while True:
        answer = person.ok("GET", f"/1/crawls/{run_id}/pages?max_results={size}{token}")
        rows += answer.get("data", [])
        assert answer["meta"]["result_count"] == len(answer.get("data", []))
        if "next_token" not in answer["meta"]:
            return rows
        token = f"&pagination_token={answer['meta']['next_token']}"


def check_sums(found: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    stats = found["stats"]
    assert stats["queued"] == 0
    assert stats["discovered"] == stats["fetched"] + stats["failed"] + stats["skipped"]
    assert stats["discovered"] == len(rows) == len({row["url"] for row in rows})
