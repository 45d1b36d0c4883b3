"""Rules of accounts that need no table: passwords and networks."""

import importlib.util
from pathlib import Path

import pytest

from scripts.base.domain import load_app

load_app("users")

from chalicelib.users.accounts import passwords
from chalicelib.users.accounts.password_rules import weakness
from chalicelib.users.login.throttle import network


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("password", "common"),
        ("P@ssw0rd!", "common"),
        ("Sunshine2024!", "common"),
        ("trustno1", "common"),
        ("12345678", "sequence"),
        ("87654321", "sequence"),
        ("qwertyuiop", "sequence"),
        ("abcd1234", "sequence"),
        ("aaaaaaaa", "same few"),
        ("xyxyxyxy", "same few"),
        ("horsehorse", "one short piece"),
        ("my-Ada_Lovelace-pw", "username"),
        ("a.byron1815!", "e-mail"),
    ],
)
def test_easily_guessed_passwords_are_refused_saying_why(password: str, reason: str) -> None:
    assert reason in (weakness(password, "ada_lovelace", "a.byron@example.com") or "")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "rookery-demo-1",
        "a long password",
        "xK8#vQ2m",
        "žluťoučký kůň",
    ],
)
def test_other_passwords_are_accepted(password: str) -> None:
    assert weakness(password, "ada", "x@example.com") is None


def test_an_ipv6_customer_is_one_place() -> None:
    assert network("2001:db8:1:2:3::4") == network("2001:db8:1:2:ffff::1") == "2001:db8:1:2::"
    assert network("2001:db8:1:3::1") != network("2001:db8:1:2::1")
    assert network("::ffff:192.0.2.1") == network("192.0.2.1") == "192.0.2.1"
    assert network("not an address") == network("") == "unknown"


def test_passwords_are_hashed_at_the_cost_that_owasp_asks_for() -> None:
    # A copy of its own: integration tests of the same process hash cheaply.
    module = Path(str(passwords.__file__))
    spec = importlib.util.spec_from_file_location("fresh_passwords", module)
    assert spec and spec.loader
    fresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fresh)
    kinds = fresh.hash_password("correct horse battery staple").split("$")
    assert kinds[1:4] == ["argon2id", "v=19", "m=19456,t=2,p=1"]
