"""URLs, names and addresses that the fetcher reaches or refuses."""

import ipaddress
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from shared.net import dns_pinning
from shared.net import fetch as fetching
from shared.net.addresses import embedded_ipv4, is_allowed, is_public
from shared.net.answers import Fetched, FetchError
from shared.net.fetch import check_url, fetch
from tests.unit.shared.fetch.fetch_support import PUBLIC, http, kind_of, local, resolver

HOSTILE = [
    "http://127.0.0.1/", "http://127.1/", "http://127.0.1/", "http://2130706433/",
    "http://0x7f000001/", "http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://017700000001/",
    "http://0/", "http://0.0.0.0/", "http://00000000/", "http://127.0.0.1./",
    "http://127。0。0。1/", "http://127．0．0．1/", "http://①②⑦.⓪.⓪.①/",
    "http://%31%32%37.0.0.1/", "http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/", "http://2852039166/", "http://0xA9FEA9FE/",
    "http://169.254.170.2/", "http://100.64.0.1/", "http://100.100.100.200/",
    "http://192.0.0.1/", "http://198.18.0.1/", "http://224.0.0.1/", "http://255.255.255.255/",
    "http://240.0.0.1/", "http://[::1]/", "http://[::]/", "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::ffff:169.254.169.254]/",
    "http://[::127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/", "http://[2002:a9fe:a9fe::]/",
    "http://[2001:0:7f00:1::80ff:fffe]/", "http://[fc00::1]/", "http://[fd00:ec2::254]/",
    "http://[fe80::1]/", "http://[ff02::1]/", "http://[2001:db8::1]/",
    "http://[2606:4700::5efe:7f00:1]/", "http://[fe80::1%25eth0]/",
    "http://example.com:22/", "http://example.com:6379/", "https://example.com:8443/",
    "http://user@example.com/", "http://user:pass@example.com/", "http://:pass@example.com/",
    "http://example.com@127.0.0.1/", "http://127.0.0.1\\@example.com/",
    "ftp://example.com/", "file:///etc/passwd", "gopher://127.0.0.1:70/", "data:text/html,x",
    "javascript:alert(1)", "http:", "http://", "//example.com/", "example.com", "",
    "http://exa mple.com/", "http://example.com:99999/", "http://[::1", "http://a%00b/",
    "http://\udcff/", "dict://example.com:11211/", "ldap://example.com/",
]  # fmt: skip
HOSTILE_NAMES = {
    "localhost": "127.0.0.1",
    "internal.example": "10.1.2.3",
    "metadata.example": "169.254.169.254",
    "six.example": "::1",
    "mapped.example": "::ffff:10.0.0.1",
    "unique-local.example": "fd12::1",
    "mixed.example": [PUBLIC, "127.0.0.1"],
    "mixed-six.example": [PUBLIC, "::1"],
    "nat.example": "64:ff9b::a00:1",
    "xn--bcher-kva.example": "192.168.0.9",
    "trailing.example.": "127.0.0.1",
}


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_urls_are_refused(url: str) -> None:
    assert kind_of(lambda: fetch(url, resolver=resolver(example_com=PUBLIC))) == "refused"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_of_private_addresses_are_refused(name: str) -> None:
    names: dict[str, Any] = {
        n.replace(".", "_").replace("-", "_"): a for n, a in HOSTILE_NAMES.items()
    }
    for scheme in ("http", "https"):
        ask = partial(fetch, f"{scheme}://{name}/", resolver=resolver(**names))
        assert kind_of(ask) == "refused"


@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://[::ffff:169.254.169.254]/",
     "http://0.0.0.0/", "http://[::]/", "http://[fe80::1]/", "http://224.0.0.1/",
     "http://100.100.100.200/", "http://127.0.0.1:4599/", "http://localhost:4599/",
     "http://u@127.0.0.1/"],
)  # fmt: skip
def test_some_places_stay_closed_even_for_private_fetches(url: str) -> None:
    assert kind_of(lambda: local(url)) == "refused"


# Services of hosts for their own processes: name, address. More are welcome.
METADATA = {
    "aws, gcp, azure, oracle": "169.254.169.254",
    "ecs tasks": "169.254.170.2",
    "eks pods": "169.254.170.23",
    "aws dns": "169.254.169.253",
    "tencent": "169.254.0.23",
    "azure wireserver": "168.63.129.16",
    "alibaba": "100.100.100.200",
    "oracle classic": "192.0.0.192",
    "aws six": "fd00:ec2::254",
    "eks pods six": "fd00:ec2::23",
    "gcp six": "fd20:ce::254",
    "scaleway six": "fd00:42::42",
    "openstack six": "fe80::a9fe:a9fe",
}
# Ways to write an IPv4 address in IPv6 that a translator or tunnel leads to it.
FORMS: dict[str, Callable[[int], int]] = {
    "mapped": lambda four: 0xFFFF << 32 | four,
    "compatible": lambda four: four,
    "translated": lambda four: 0xFFFF0000 << 32 | four,
    "nat64": lambda four: 0x64FF9B << 96 | four,
    "local nat64, 96": lambda four: 0x64FF9B0001 << 80 | four,
    "local nat64, 48": lambda four: 0x64FF9B0001 << 80 | four >> 16 << 64 | (four & 0xFFFF) << 40,
    "local nat64, 64": lambda four: 0x64FF9B0001 << 80 | four << 24,
    "6to4": lambda four: 0x2002 << 112 | four << 80,
    "teredo": lambda four: 0x20010000 << 96 | 0x08080808 << 64 | four ^ 0xFFFFFFFF,
    "isatap": lambda four: 0x20014860 << 96 | 0x5EFE << 32 | four,
}


def metadata_addresses() -> dict[str, str]:
    """Every address by the name of its service and form."""
    found = dict(METADATA)
    for name, address in METADATA.items():
        if ":" not in address:
            four = int(ipaddress.IPv4Address(address))
            for form, make in FORMS.items():
                found[f"{name}, {form}"] = str(ipaddress.IPv6Address(make(four)))
    return found


@pytest.mark.parametrize("name", metadata_addresses())
def test_metadata_services_are_never_reached(name: str) -> None:
    address = metadata_addresses()[name]
    for private in (False, True):
        assert not is_allowed(ipaddress.ip_address(address), allow_private=private)
    literal = f"[{address}]" if ":" in address else address
    assert kind_of(lambda: local(f"http://{literal}/latest/meta-data/")) == "refused"
    # A name that resolves there; connecting outside of loopback would fail the test.
    for host in ("metadata.google.internal", "instance-data"):
        answers = resolver(metadata_google_internal=address, instance_data=address)
        ask = partial(local, f"http://{host}/", resolver=answers)
        assert kind_of(ask) == "refused"


def test_public_addresses_are_public() -> None:
    for text in (PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"):
        assert is_public(ipaddress.ip_address(text)), text
        assert is_allowed(ipaddress.ip_address(text), allow_private=True)
    six = ipaddress.ip_address("2001:0:7f00:1:0:0:f5ff:fffe")
    assert {str(one) for one in embedded_ipv4(six)} == {"127.0.0.1", "10.0.0.1"}


def test_a_second_answer_of_the_resolver_is_not_asked_for(serve: Any) -> None:
    """DNS rebinding: the address that was judged is the address that is used."""
    reached: list[Any] = []
    answers = [[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]]
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[Any]:
        asked.append(host)
        return resolver(rebind_example=answers[len(asked) - 1])(host, port)

    class Noted(Exception):
        pass

    def connect(self: socket.socket, address: Any) -> None:
        reached.append(address[0])
        raise ConnectionRefusedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dns_pinning._DeadlineSocket, "connect", connect)
        assert kind_of(lambda: fetch("http://rebind.example/", resolver=rebinding)) == "connect"
    assert reached == [PUBLIC]
    assert asked == ["rebind.example"]


def test_the_name_travels_and_the_address_is_pinned(serve: Any) -> None:
    server = serve(http())
    answer = local(
        f"http://name.example:{server.port}/a/../b?c#d", resolver=resolver(name_example="127.0.0.1")
    )
    assert answer.body == b"hello"
    assert answer.url == f"http://name.example:{server.port}/b?c#d"
    request = server.requests[0].decode().lower()
    assert request.startswith("get /b?c http/1.1\r\n")
    assert f"host: name.example:{server.port}\r\n" in request


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:4599/", "http://169.254.169.254/", "ftp://127.0.0.1/", "http://u:p@x/"],
)
def test_redirects_to_forbidden_places_are_refused(serve: Any, target: str) -> None:
    server = serve(http(b"", "302 Found", location=target))
    assert kind_of(lambda: local(server.url)) == "refused"


def test_a_public_page_cannot_redirect_to_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    def exchange(manager: Any, url: Any, *args: Any) -> Fetched:
        assert url.hostname == "example.com"
        return Fetched(url.href, 301, {"location": "http://127.0.0.1/"}, b"")

    monkeypatch.setattr(fetching, "_exchange", exchange)
    assert kind_of(lambda: fetch("http://example.com/")) == "refused"


def test_environment_proxies_are_ignored(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    assert local(serve(http()).url).body == b"hello"


def test_unknown_names_are_told() -> None:
    def unknown(host: str, port: int) -> list[Any]:
        raise socket.gaierror

    assert kind_of(lambda: fetch("http://nowhere.example/", resolver=unknown)) == "dns"
    assert kind_of(lambda: fetch("http://nowhere.example/", resolver=lambda *_: [])) == "dns"


def test_check_url_reads_as_browsers_do() -> None:
    assert check_url("HTTP://EXAMPLE.com:80/x").href == "http://example.com/x"
    assert check_url("http://example.com:8080/", ports=frozenset({8080})).port == "8080"
    assert check_url("http://0x7f.1:1234/", allow_private=True).hostname == "127.0.0.1"
    assert str(FetchError("refused", "why")) == "refused: why"
