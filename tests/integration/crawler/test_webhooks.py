"""Webhooks of ended crawls, through the guarded fetcher."""

import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from scripts.checks.permissions import running
from tests.integration.crawler import accounts
from tests.integration.crawler.crawler_support import Site, crawl, finished, start
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration
SECRET = "a secret of the receiver"


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return platform.register(verify=True)


class Receiver:
    """A webhook that fails as often as it is told to."""

    def __init__(self, failures: int) -> None:
        self.calls: list[tuple[str, bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.calls.append((self.headers["x-rookery-signature"], body))
                self.send_response(500 if len(receiver.calls) <= failures else 204)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"


def test_a_webhook_hears_of_the_end(
    platform: Platform, person: Person, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.crawler.notices import webhooks

    monkeypatch.setattr(webhooks, "RETRY_SECONDS", (0, 0, 0, 0))
    receiver = Receiver(failures=2)
    notify = {"webhook": receiver.url, "secret": SECRET}
    run_id = start(person, site, max_pages=2, options={"notify": notify})
    finished(platform, person, run_id)
    platform.settle()
    assert crawl(person, run_id)["options"] == {"notify": {"webhook": receiver.url}}
    assert len(receiver.calls) == 3
    signature, body = receiver.calls[-1]
    moment = signature.removeprefix("t=").partition(",")[0]
    digest = hmac.new(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    assert signature == f"t={moment},v1={digest}"
    assert json.loads(body)["data"]["id"] == run_id
    assert json.loads(body)["data"]["stats"]["discovered"] == 2
    # A second end is news; the same one that arrives again is not.
    person.ok("POST", f"/1/crawls/{run_id}/extend", {"max_pages": 3})
    finished(platform, person, run_id)
    platform.settle()
    ids = [json.loads(body)["id"] for _, body in receiver.calls]
    assert len(ids) == 4
    assert ids[0] == ids[1] == ids[2] != ids[3]
    with accounts.suspended(person.id), running("crawler", "deliver_notices"):
        webhooks.deliver({"body": json.dumps({"run": run_id})})
    assert len(receiver.calls) == 4
    receiver.server.shutdown()


@pytest.mark.parametrize(
    "notify",
    [
        {"webhook": "http://169.254.169.254/latest", "secret": SECRET},
        {"webhook": "ftp://example.com/", "secret": SECRET},
        {"webhook": "http://127.0.0.1:1/", "secret": "short"},
        {"webhook": "http://127.0.0.1:1/"},
    ],
)
def test_webhooks_that_may_not_be_called_are_refused(
    person: Person, site: Site, notify: dict[str, str]
) -> None:
    body = {"url": site.url, "allow_private": True, "options": {"notify": notify}}
    assert person.call("POST", "/1/crawls", body).status == 400
