"""Cookies of the authorization pages: nobody else can plant them."""

from types import SimpleNamespace
from typing import Any

import pytest

from scripts.base.domain import load_app
from shared.base.process import process

load_app("users")
from chalicelib.users.login import authorization, oauth1_authorization

PAGES = [authorization, oauth1_authorization]


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PUBLIC_URL", "https://rookery.example")
    process.restart()
    yield
    monkeypatch.undo()
    process.restart()


def cookies(page: Any) -> list[Any]:
    return [page.COOKIE, page.FORM_COOKIE]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.usefixtures("deployed")
def test_a_sibling_subdomain_cannot_plant_a_cookie(page: Any) -> None:
    for cookie in cookies(page):
        call: Any = SimpleNamespace(cookies={cookie.bare_name: "planted"})
        assert cookie.read(call) == ""
        call.cookies[f"__Host-{cookie.bare_name}"] = "ours"
        assert cookie.read(call) == "ours"
        # Browsers take the prefix with these rules only (RFC 6265bis 4.1.3.2).
        header = cookie.header("ours", 60)
        assert header.startswith(f"__Host-{cookie.bare_name}=ours; Path=/; Secure; HttpOnly; ")
        assert "Domain" not in header


@pytest.mark.parametrize("page", PAGES)
def test_the_local_stack_speaks_http(page: Any) -> None:
    for cookie in cookies(page):
        header = cookie.header("ours", 60)
        assert header.startswith(f"{cookie.bare_name}=ours; Path={cookie.path}; HttpOnly; ")
        assert "Secure" not in header
