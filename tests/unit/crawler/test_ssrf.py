"""Places that no crawl, card, webhook or proxy reaches, each by name.

Every case is tried on each way into the fetcher: as a page, as the target of a redirect
from a public page, as a sitemap's or robots' host, as a link card, as a card's redirect, as a
webhook, and as a proxy. Nothing may connect, whatever a name resolves to.
"""

import math
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from chalicelib.crawler.cards.cards import Cards
from chalicelib.crawler.core.models import Run
from chalicelib.crawler.fetching import client
from chalicelib.crawler.fetching.robots import ALLOW_ALL, Robots
from chalicelib.crawler.fetching.visits import Visits
from chalicelib.crawler.frontier.visited import ClaimedPage
from chalicelib.crawler.notices import webhooks
from chalicelib.crawler.runs import secrets, starting
from chalicelib.crawler.runs.secrets import InvalidSecret

from shared.base.errors import Problem
from shared.base.process import process
from shared.net import dns_pinning
from shared.net import fetch as fetching
from shared.net.answers import Fetched, FetchError
from shared.net.dns_pinning import Policy, Proxy
from shared.text import canonical_urls
from tests.unit.shared.fetch.fetch_support import PUBLIC, resolver

ENDED = Run("run", owner_id="1", url="http://site.example/", status="finished")

# Literal addresses, by the trick that hides them.
LITERALS = {
    "loopback": "http://127.0.0.1/", "loopback, short": "http://127.1/",
    "loopback, three parts": "http://127.0.1/", "loopback, other host": "http://127.9.8.7/",
    "loopback, decimal": "http://2130706433/", "loopback, hex": "http://0x7f000001/",
    "loopback, hex parts": "http://0x7f.0x0.0x0.0x1/", "loopback, octal": "http://0177.0.0.1/",
    "loopback, octal whole": "http://017700000001/", "loopback, mixed bases": "http://0x7f.1/",
    "loopback, trailing dot": "http://127.0.0.1./", "loopback, fullwidth dots": "http://127。0。0。1/",
    "loopback, fullwidth digits": "http://１２７.0.0.1/", "loopback, circled": "http://①②⑦.⓪.⓪.①/",
    "loopback, escaped": "http://%31%32%37.0.0.1/", "loopback, tab in host": "http://127.0.\t0.1/",
    "unspecified": "http://0.0.0.0/", "unspecified, short": "http://0/",
    "private, ten": "http://10.0.0.1/", "private, 172": "http://172.16.0.1/",
    "private, 172 end": "http://172.31.255.255/", "private, 192": "http://192.168.1.1/",
    "carrier nat": "http://100.64.0.1/", "link-local": "http://169.254.1.1/",
    "aws metadata": "http://169.254.169.254/latest/meta-data/",
    "aws metadata, decimal": "http://2852039166/", "aws metadata, hex": "http://0xA9FEA9FE/",
    "aws metadata, octal": "http://0251.0376.0251.0376/", "ecs credentials": "http://169.254.170.2/",
    "azure wireserver": "http://168.63.129.16/", "alibaba metadata": "http://100.100.100.200/",
    "oracle metadata": "http://192.0.0.192/", "benchmarks": "http://198.18.0.1/",
    "documentation": "http://203.0.113.7/", "multicast": "http://224.0.0.1/",
    "reserved": "http://240.0.0.1/", "broadcast": "http://255.255.255.255/",
    "six loopback": "http://[::1]/", "six loopback, long": "http://[0:0:0:0:0:0:0:1]/",
    "six unspecified": "http://[::]/", "six mapped": "http://[::ffff:127.0.0.1]/",
    "six mapped, hex": "http://[::ffff:7f00:1]/", "six mapped metadata": "http://[::ffff:a9fe:a9fe]/",
    "six compatible": "http://[::127.0.0.1]/", "six translated": "http://[::ffff:0:7f00:1]/",
    "nat64": "http://[64:ff9b::7f00:1]/", "nat64 local": "http://[64:ff9b:1::7f00:1]/",
    "6to4": "http://[2002:7f00:1::]/", "teredo": "http://[2001:0:7f00:1::80ff:fffe]/",
    "isatap": "http://[2606:4700::5efe:7f00:1]/", "unique local": "http://[fc00::1]/",
    "aws metadata, six": "http://[fd00:ec2::254]/", "gcp metadata, six": "http://[fd20:ce::254]/",
    "link-local, six": "http://[fe80::1]/", "multicast, six": "http://[ff02::1]/",
    "site-local, six": "http://[fec0::1]/", "documentation, six": "http://[2001:db8::1]/",
    "user information": "http://user:pass@example.com/", "host as user": "http://example.com@127.0.0.1/",
    "backslash": "http://127.0.0.1\\@example.com/", "ssh": "http://example.com:22/",
    "redis": "http://example.com:6379/", "docker": "http://example.com:2375/",
    "file": "file:///etc/passwd", "gopher": "gopher://127.0.0.1:70/", "data": "data:text/html,x",
    "ftp": "ftp://example.com/", "zone": "http://[fe80::1%25eth0]/",
}  # fmt: skip
# Names, and what they resolve to.
NAMES: dict[str, str | list[str]] = {
    "localhost": "127.0.0.1", "localhost.": "127.0.0.1", "app.localhost": "127.0.0.1",
    "internal.example": "10.1.2.3", "metadata.google.internal": "169.254.169.254",
    "instance-data": "169.254.169.254", "six.example": "::1", "mapped.example": "::ffff:10.0.0.1",
    "nat.example": "64:ff9b::a00:1", "unique.example": "fd12::1",
    "mixed.example": [PUBLIC, "127.0.0.1"],
    "mixed-six.example": [PUBLIC, "::1"], "private-first.example": ["192.168.0.1", PUBLIC],
    "127.0.0.1.nip.example": "127.0.0.1", "xn--bcher-kva.example": "192.168.0.9",
    "kubernetes.default.svc": "10.96.0.1", "wireserver.example": "168.63.129.16",
}  # fmt: skip
CASES = {**LITERALS, **{f"name {name}": f"http://{name}/" for name in NAMES}}
PUBLIC_PAGE = "http://public.example/"
# Cases that are no http address once they stand in a page.
UNTRIED = ("file", "gopher", "data", "ftp", "zone")


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 60
    assert len(set(CASES.values())) == len(CASES)


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Names resolve as above, and every connection is noted and refused."""
    reached: list[Any] = []
    known = {name.replace(".", "_").replace("-", "_"): one for name, one in NAMES.items()}

    def resolve(host: str, port: int) -> list[Any]:
        try:
            return resolver(**known)(host, port)
        except OSError:
            return resolver(**{host.replace(".", "_").replace("-", "_"): PUBLIC})(host, port)

    def connect(self: socket.socket, address: Any) -> None:
        reached.append(address[0])
        raise ConnectionRefusedError

    # The local stack allows private places, in whatever process its tests have run.
    monkeypatch.delenv("PRIVATE_FETCH", raising=False)
    process.restart()
    monkeypatch.setattr(dns_pinning, "resolve", resolve)
    monkeypatch.setattr(dns_pinning._DeadlineSocket, "connect", connect)
    yield reached
    process.restart()


class Open:
    """Rules that allow everything, so that only the fetcher decides."""

    def rules(self, url: str, allow_private: bool, proxy: None = None) -> Any:
        del url, allow_private, proxy
        return ALLOW_ALL

    known = rules


def as_page(url: str) -> None:
    robots: Any = Open()
    page = ClaimedPage("run", "0" * 32, url, 0, "", 0, 1)
    Visits(client.fetch, robots, None).reach(page, False, lambda _: None)


def as_robots(url: str) -> None:
    class NoFiles:
        def find(self, origin: Any) -> None:
            del origin

        def keep(self, origin: Any, file: Any) -> None:
            del origin, file

    Robots(client.fetch, NoFiles()).rules(url, False)


@contextmanager
def redirecting_to(url: str) -> Iterator[None]:
    """The public page answers with a redirect."""

    def exchange(manager: Any, target: Any, *rest: Any) -> Fetched:
        if target.href == PUBLIC_PAGE:
            # As http.client reads the header's bytes.
            location = url.encode().decode("latin-1")
            return Fetched(target.href, 302, {"location": location}, b"")
        return original(manager, target, *rest)

    original = fetching._exchange
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetching, "_exchange", exchange)
        yield


def as_redirect(url: str) -> None:
    with redirecting_to(url):
        answer = client.fetch(PUBLIC_PAGE)
    # An address that nobody can parse is no redirect.
    if answer.status == 302 and answer.location is None:
        raise FetchError("refused", "no target")


def as_webhook(url: str) -> None:
    outcome: Any = webhooks._call(ENDED, url, "a secret of the receiver")
    assert outcome is not None
    raise FetchError(outcome, "not called")


def as_proxied_target(url: str) -> None:
    if url in {CASES[f"name {name}"] for name in NAMES}:
        # A proxy resolves names in its own network, not in ours.
        raise FetchError("refused", "not applicable")
    client.fetch(url, proxy=Proxy("http://proxy.example:3128"))


WAYS: dict[str, Callable[[str], None]] = {
    "page": as_page, "robots": as_robots, "redirect": as_redirect, "webhook": as_webhook,
    "proxied": as_proxied_target,
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_reached_by_any_way(name: str, network: list[Any]) -> None:
    url = CASES[name]
    for way, act in WAYS.items():
        if way == "robots" and canonical_urls.address(url) is None:
            continue
        with pytest.raises(FetchError) as caught:
            act(url)
        assert caught.value.kind == "refused", way
        assert "127" not in caught.value.detail, "the problem names an address"
    assert network == []


@pytest.mark.parametrize("name", CASES)
def test_no_webhook_is_taken_or_followed_there(name: str, network: list[Any]) -> None:
    if name in LITERALS:
        with pytest.raises(Problem) as caught:
            webhooks.check({"webhook": CASES[name]}, False)
        assert caught.value.status == 400
    with redirecting_to(CASES[name]):
        assert webhooks._call(ENDED, PUBLIC_PAGE, "a secret of the receiver") == "http_302"
    assert network == []


@pytest.mark.parametrize("name", CASES)
def test_no_card_is_made_of_it(name: str, network: list[Any]) -> None:
    cards = Cards(client.fetch)
    robots: Any = Open()
    cards.robots = robots
    assert cards._read(CASES[name], math.inf) == {}
    assert cards._picture(CASES[name], math.inf) is None

    def redirecting(url: str, **options: Any) -> Fetched:
        if url == PUBLIC_PAGE:
            html = f'<meta http-equiv=refresh content="0; url={CASES[name]}">'.encode()
            return Fetched(url, 200, {"content-type": "text/html"}, html)
        return client.fetch(url, **options)

    cards = Cards(redirecting)
    cards.robots = robots
    assert "title" not in cards._read(PUBLIC_PAGE, math.inf)
    assert network == []

    tried: list[str] = []

    def with_oembed(url: str, **options: Any) -> Fetched:
        if url == PUBLIC_PAGE:
            link = f'<link rel=alternate type="application/json+oembed" href="{CASES[name]}">'
            return Fetched(url, 200, {"content-type": "text/html"}, link.encode())
        tried.append(url)
        return client.fetch(url, **options)

    cards = Cards(with_oembed)
    cards.robots = robots
    assert "title" not in cards._read(PUBLIC_PAGE, math.inf)
    # Other schemes and what no parser takes are not even tried.
    assert tried or name in UNTRIED
    assert network == []


@pytest.mark.parametrize("name", CASES)
def test_no_crawl_begins_there_and_no_proxy_is_there(name: str, network: list[Any]) -> None:
    url = CASES[name]
    if name in LITERALS:
        with pytest.raises(Problem) as caught:
            starting._crawlable(url, False)
        assert caught.value.status == 400
        if name not in ("ssh", "redis", "docker", "user information"):
            with pytest.raises(InvalidSecret):
                secrets.check({"proxy": url}, False)
    try:
        proxy = secrets._proxy(url, False)
    except InvalidSecret:
        return
    # A name passes the check of its spelling; its address is checked when it is used.
    if name not in ("ssh", "redis", "docker", "user information"):
        with pytest.raises(FetchError, match="refused"):
            client.fetch(PUBLIC_PAGE, proxy=proxy)
    assert network == []


@pytest.mark.parametrize("first", [PUBLIC, "8.8.8.8"])
@pytest.mark.parametrize("then", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"])
def test_a_name_that_changes_its_mind_leads_nowhere(
    first: str, then: str, network: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each request uses the very address that was judged."""
    answers = iter([[first], [then], [then], [then]])

    def rebinding(host: str, port: int) -> list[Any]:
        return resolver(rebind_example=next(answers))(host, port)

    monkeypatch.setattr(dns_pinning, "resolve", rebinding)
    with pytest.raises(FetchError) as caught:
        client.fetch("http://rebind.example/")
    assert caught.value.kind == "connect"
    assert network == [first]
    for way in (as_page, as_webhook):
        with pytest.raises(FetchError) as caught:
            way("http://rebind.example/")
        assert caught.value.kind == "refused"
    assert network == [first]


def test_the_check_is_at_the_socket() -> None:
    """A connection is judged by where it goes, not by what a parser says."""
    for address in ("127.0.0.1", "::1", "10.0.0.1", "169.254.169.254"):
        policy = Policy(resolver(any=address), False, 1e12)
        with dns_pinning.under(policy), pytest.raises(dns_pinning.AddressRefused):
            dns_pinning._connect("any", 80)
