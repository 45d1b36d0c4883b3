"""Rules of accounts that need no table: passwords and networks."""

import pytest

from scripts.base.domain import load_app

load_app("users")

from chalicelib.users.accounts import passwords
from chalicelib.users.accounts.password_rules import weakness
from chalicelib.users.login.throttle import network

from shared.base.process import process


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
        ("a.byron1815!", "email"),
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
    # Integration tests of the same process hash cheaply.
    with process.limited(passwords.PasswordCost()):
        kinds = passwords.hash_password("correct horse battery staple").split("$")
    assert kinds[1:4] == ["argon2id", "v=19", "m=19456,t=2,p=1"]


def test_an_unknown_account_costs_as_much_as_a_known_one() -> None:
    for cost in (passwords.PasswordCost(64, 1), passwords.PasswordCost(128, 2)):
        with process.limited(cost):
            kinds = passwords._decoy().split("$")
            assert kinds[3] == f"m={cost.memory_kib},t={cost.rounds},p=1"
            assert not passwords.check_password(None, "no user has this password")
