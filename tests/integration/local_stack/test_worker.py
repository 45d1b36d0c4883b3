"""`make worker`: a domain's event handlers, ended during their work."""

import http.client
import json
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest

from scripts.base.process import LOOPBACK, ROOT, spawn, stop, wait_until
from scripts.deploy.provision import apply_template, templates, verify_sender
from scripts.emulator.stack import MAIL_FROM, Stack, embedded_aws

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

PUBLIC_URL = "http://127.0.0.1:8000"
PAGES = 5

# Do what the routes do, in a process of its own: models fix the endpoint at their import.
CRAWL = """
import sys
from scripts.base.domain import load_app
load_app("crawler")
from chalicelib.crawler.runs import runs
order = {"url": sys.argv[1], "scope": "host", "order": "breadth_first", "max_pages": 50,
         "max_depth": None, "allow_private": True}
print(runs.begin("1", order, None)["id"])
"""
REGISTER = """
import sys
from shared.base.clock import now_ms
from shared.aws.events import Event, publish
people = [Event.of("users", "user.registered", name, 1, now_ms(), {
    "user_id": str(n), "username": name, "name": name, "email": f"{name}@example.org",
    "verification_id": f"{n}-1-abc"}) for n, name in enumerate(sys.argv[1:], 1)]
publish("users", people)
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with embedded_aws(tmp_path_factory.mktemp("state"), keep=False) as running:
        found = templates()
        for domain in ("events", "users", "notifications", "crawler"):
            apply_template(domain, found[domain], stage="dev", endpoint_url=running.endpoint_url)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MAIL_FROM", MAIL_FROM)
            verify_sender(running.endpoint_url)
        yield running


@pytest.fixture
def work(stack: Stack, tmp_path: Path) -> Iterator[Callable[..., "Worker"]]:
    started: list[Worker] = []

    def start(domain: str, **variables: str) -> Worker:
        worker = Worker(domain, stack, tmp_path, len(started), variables)
        started.append(worker)
        return worker

    yield start
    stop([one.process for one in started], 20)


class Worker:
    """The process that `make worker DOMAIN=…` starts."""

    def __init__(
        self, domain: str, stack: Stack, place: Path, number: int, variables: dict[str, str]
    ) -> None:
        self.log = place / f"worker-{number}.log"
        environment = stack.full_environment(PUBLIC_URL)
        variables = {"ROOKERY_STATE": str(place), "LOG_LEVEL": "INFO", **variables}
        with self.log.open("wb") as log:
            self.process = spawn(
                [sys.executable, "-m", "scripts.local.serve", domain, "--no-http"],
                env={**environment, **variables},
                log=log,
            )
        assert wait_until(lambda: self.said("serving"), 60, process=self.process), self.text

    @property
    def text(self) -> str:
        return self.log.read_text()

    def said(self, event: str) -> bool:
        """Return True if it logged an event, in whatever format."""
        return f'"event":"{event}"' in self.text.replace(" ", "")

    def terminate(self) -> None:
        """SIGTERM; returns when the process knows of it."""
        self.process.terminate()
        assert wait_until(lambda: self.said("stopping"), 20, process=self.process), self.text

    def end(self) -> int:
        return self.process.wait(60)


def run(stack: Stack, code: str, *arguments: str) -> str:
    """Run some lines with the platform's modules; returns what they print."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=stack.full_environment(PUBLIC_URL),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.strip()


class Gate:
    """Holds whoever comes until it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        self.seen: list[str] = []

    def hold(self, what: str) -> None:
        self.seen.append(what)
        self.reached.set()
        assert self.opened.wait(60)


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler, bytes], tuple[int, str, bytes]]) -> Any:
    """A server on loopback; yields its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, kind, content = answer(self, body)
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{LOOPBACK}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def messages(stack: Stack, queue: str) -> dict[str, int]:
    """Messages of a queue that wait, and that are in flight."""
    sqs = boto3.client("sqs", endpoint_url=stack.endpoint_url, region_name="us-east-1")
    url = sqs.get_queue_url(QueueName=f"rookery-dev-{queue}")["QueueUrl"]
    names = {"waiting": "ApproximateNumberOfMessages",
             "in_hand": "ApproximateNumberOfMessagesNotVisible"}  # fmt: skip
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names.values()))
    return {name: int(found["Attributes"][key]) for name, key in names.items()}


def test_a_crawl_worker_finishes_its_page_and_another_goes_on(stack: Stack, work: Any) -> None:
    gate, asked = Gate(), list[str]()

    def page(request: BaseHTTPRequestHandler, _: bytes) -> tuple[int, str, bytes]:
        if request.path == "/robots.txt":
            return 404, "text/plain", b""
        asked.append(request.path)
        if request.path == "/":
            gate.hold(request.path)
        links = "".join(f'<a href="/p{n}">{n}</a>' for n in range(PAGES))
        return 200, "text/html", f"<title>Page</title>{links}".encode()

    with serving(page) as site:
        first = work("crawler")
        run_id = run(stack, CRAWL, f"{site}/")
        assert gate.reached.wait(60), first.text
        first.terminate()
        assert messages(stack, "crawler-fetch")["in_hand"] == 1
        gate.opened.set()
        assert first.end() == 0, first.text
        # The page was finished: its message is gone, its links wait, nobody holds anything.
        assert asked == ["/"]
        assert messages(stack, "crawler-fetch") == {"waiting": PAGES, "in_hand": 0}

        dynamo = boto3.client("dynamodb", endpoint_url=stack.endpoint_url, region_name="us-east-1")

        def finished() -> dict[str, Any] | None:
            item: dict[str, Any] = dynamo.get_item(
                TableName="rookery-dev-crawler-crawl_runs", Key={"id": {"S": run_id}}
            )["Item"]
            return item if item["status"]["S"] == "finished" else None

        second = work("crawler")
        assert wait_until(lambda: finished() is not None, 60, process=second.process), second.text
        second.terminate()
        assert second.end() == 0, second.text
    item = finished()
    assert item is not None and item["fetched"]["N"] == str(PAGES + 1)
    assert sorted(asked) == ["/", *(f"/p{n}" for n in range(PAGES))]


def test_a_mail_worker_finishes_its_batch_and_another_goes_on(stack: Stack, work: Any) -> None:
    names = [f"worker{n}" for n in range(4)]
    gate, aws = Gate(), stack.endpoint_url.removeprefix("http://")

    def forward(request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, str, bytes]:
        gate.hold(request.path)
        connection = http.client.HTTPConnection(aws, timeout=30)
        headers = {n: v for n, v in request.headers.items() if n.lower() != "host"}
        connection.request(request.command, request.path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers["content-type"] or "", answer.read()

    def mailed() -> list[str]:
        with urllib.request.urlopen(f"{stack.endpoint_url}/_ministack/ses/messages") as answer:
            accounts = json.load(answer)["messages"].values()
        return sorted(to for sent in accounts for one in sent for to in one["To"])

    def at_rest() -> bool:
        found = [messages(stack, f"notifications-{queue}") for queue in ("events", "email")]
        return not any(count for one in found for count in one.values())

    with serving(forward) as ses:
        first = work("notifications", AWS_ENDPOINT_URL_SESV2=ses)
        run(stack, REGISTER, *names)
        assert gate.reached.wait(60), first.text
        first.terminate()
        assert mailed() == []
        held = messages(stack, "notifications-email")["in_hand"]
        assert held
        gate.opened.set()
        assert first.end() == 0, first.text
    assert len(mailed()) >= held
    assert messages(stack, "notifications-email")["in_hand"] == 0

    second = work("notifications")
    everybody = sorted(f"{name}@example.org" for name in names)
    done = wait_until(lambda: at_rest() and len(mailed()) >= 4, 60, process=second.process)
    assert done, second.text
    second.terminate()
    assert second.end() == 0, second.text
    # Nothing is lost. A call held beyond the SDK's patience is made again: mail is at least once.
    assert sorted(set(mailed())) == everybody
