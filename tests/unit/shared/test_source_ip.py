"""Sources that are trusted with the client's address."""

import hashlib
from collections.abc import Iterator

import pytest
from chalice.test import Client

from scripts.base.domain import load_app
from shared.base.process import process
from shared.http.source_ip import SECRET_HEADER, VIEWER_HEADER, client_address, network, passed_edge

SECRETS = ("old secret", "new secret")
SEEN = "203.0.113.9"


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    digests = (hashlib.sha256(secret.encode()).hexdigest() for secret in SECRETS)
    monkeypatch.setenv("EDGE_SECRET_DIGESTS", ", ".join(digests))
    monkeypatch.setenv("ROOKERY_LOCAL", "0")
    process.restart()
    yield
    monkeypatch.undo()
    process.restart()


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    ("viewer", "address"),
    [
        ("198.51.100.10:46532", "198.51.100.10"),
        ("2001:db8:85a3::8a2e:370:7334:443", "2001:db8:85a3::8a2e:370:7334"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("", SEEN),
        ("nonsense", SEEN),
        ("nonsense:80", SEEN),
    ],
)
def test_the_cdn_is_believed_with_the_secret(secret: str, viewer: str, address: str) -> None:
    assert client_address({SECRET_HEADER: secret, VIEWER_HEADER: viewer}, SEEN) == address


@pytest.mark.parametrize("secret", ["", "guess", "old secret, new secret"])
def test_without_the_secret_nobody_is_believed(secret: str) -> None:
    headers = {
        SECRET_HEADER: secret,
        VIEWER_HEADER: "198.51.100.10:1",
        "x-forwarded-for": "198.51.100.11",
        "x-real-ip": "198.51.100.12",
    }
    assert client_address(headers, SEEN) == SEEN


def test_no_secret_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_SECRET_DIGESTS", "")
    process.restart()
    assert client_address({SECRET_HEADER: "", VIEWER_HEADER: "198.51.100.10:1"}, SEEN) == SEEN


def test_an_ipv6_customer_is_one_place() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff:1") != network("2001:db8:0:1::1")
    assert network("::ffff:192.0.2.1") == network("192.0.2.1")
    assert network("x") == "unknown"


@pytest.mark.parametrize(
    ("secret", "status"), [("", 403), ("guess", 403), (SECRETS[0], 400), (SECRETS[1], 400)]
)
def test_who_goes_past_the_cdn_is_refused(secret: str, status: int) -> None:
    # 400: the body lacks everything. No AWS is there: nothing may have been asked before.
    with Client(load_app("users").app) as client:
        headers = {"content-type": "application/json", SECRET_HEADER: secret}
        answer = client.http.post("/1/sessions", headers=headers, body=b"{}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json_body["status"] == status


def test_without_a_digest_or_locally_everybody_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not passed_edge({})
    monkeypatch.setenv("ROOKERY_LOCAL", "1")
    process.restart()
    assert passed_edge({})
    monkeypatch.setenv("ROOKERY_LOCAL", "0")
    monkeypatch.setenv("EDGE_SECRET_DIGESTS", "none")
    process.restart()
    assert passed_edge({})
