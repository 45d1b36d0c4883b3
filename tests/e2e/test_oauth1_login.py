"""X's clients, unmodified, log a user in with OAuth 1.0a."""

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import tweepy

from tests.e2e.client_tokens import PASSWORD, Developer, developer, tls_front
from tests.e2e.conftest import RunningPlatform

pytestmark = pytest.mark.e2e
NODE_CLIENTS = Path(__file__).parent / "clients"
CALLBACK = "http://127.0.0.1:9999/callback"


@pytest.fixture(scope="module")
def front(running: RunningPlatform) -> Iterator[dict[str, str]]:
    with tls_front(running) as environment:
        yield environment


@pytest.fixture(scope="module")
def people(running: RunningPlatform) -> list[Developer]:
    return [developer(running.url, name) for name in ("appowner", "appuser")]


def form_of(page: requests.Response) -> tuple[str, dict[str, str]]:
    """Return address and hidden fields of the one form on a page."""
    action = re.findall(r'action="([^"]+)"', page.text)[0]
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    parts = urlsplit(page.url)
    address = f"{parts.scheme}://{parts.netloc}{html.unescape(action)}"
    return address, {name: html.unescape(value) for name, value in hidden}


def consent(front: dict[str, str], url: str, username: str) -> requests.Response:
    """Log in and allow, as a browser behind the front."""
    browser = requests.Session()
    # An authority of the environment would go before its own.
    browser.trust_env = False
    browser.proxies = {"https": front["HTTPS_PROXY"]}
    browser.verify = front["REQUESTS_CA_BUNDLE"]
    action, fields = form_of(browser.get(url, timeout=20))
    values = {**fields, "login": username, "password": PASSWORD}
    page = browser.post(action, data=values, timeout=20)
    assert "wants to access your account" in page.text
    action, fields = form_of(page)
    values = {**fields, "decision": "allow"}
    return browser.post(action, data=values, timeout=20, allow_redirects=False)


def test_tweepy_logs_a_user_in(
    front: dict[str, str], people: list[Developer], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in front.items():
        monkeypatch.setenv(name, value)
    owner, user = people
    handler = tweepy.OAuth1UserHandler(
        owner.app["consumer_key"], owner.app["consumer_secret"], callback=CALLBACK
    )
    url = handler.get_authorization_url(signin_with_twitter=True)
    assert url.startswith("https://api.twitter.com/oauth/authenticate?oauth_token=")
    done = consent(front, url, user.username)
    returned = parse_qs(urlsplit(done.headers["location"]).query)
    assert done.headers["location"].startswith(CALLBACK)
    token, secret = handler.get_access_token(returned["oauth_verifier"][0])
    assert token.partition("-")[0] == user.id
    assert tweepy.API(handler).verify_credentials().screen_name == user.username
    keys = (owner.app["consumer_key"], owner.app["consumer_secret"], token, secret)
    made = tweepy.Client(None, *keys).create_tweet(text="by an app that I allowed")
    assert made.data["id"]


def test_tweepy_logs_a_user_in_with_a_pin(
    front: dict[str, str], people: list[Developer], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in front.items():
        monkeypatch.setenv(name, value)
    owner, user = people
    handler = tweepy.OAuth1UserHandler(
        owner.app["consumer_key"], owner.app["consumer_secret"], callback="oob"
    )
    url = handler.get_authorization_url().replace("api.twitter.com", "x.com")
    pin = re.findall(r"<code>([0-9]{7})</code>", consent(front, url, user.username).text)[0]
    with pytest.raises(tweepy.TweepyException):
        handler.get_access_token("0" if pin != "0" else "1")
    handler.get_access_token(pin)
    assert tweepy.API(handler).verify_credentials(include_entities=True).id == int(user.id)


def test_the_authorize_pages_are_at_every_name_of_x(front: dict[str, str]) -> None:
    browser = requests.Session()
    browser.trust_env = False
    browser.proxies = {"https": front["HTTPS_PROXY"]}
    browser.verify = front["REQUESTS_CA_BUNDLE"]
    for name in ("x.com", "twitter.com", "api.x.com", "api.twitter.com"):
        for path in ("/i/oauth2/authorize", "/oauth/authorize"):
            answer = browser.get(f"https://{name}{path}", timeout=20)
            assert answer.status_code == 400
            assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.skipif(
    not shutil.which("node") or not (NODE_CLIENTS / "node_modules").is_dir(),
    reason="needs Node.js and `npm ci` in tests/e2e/clients",
)
def test_twitter_api_v2_logs_a_user_in(front: dict[str, str], people: list[Developer]) -> None:
    owner, user = people

    def run(*said: str) -> dict[str, str]:
        done = subprocess.run(
            ["node", "login.mjs"], cwd=NODE_CLIENTS, text=True, timeout=60, capture_output=True,
            input=json.dumps([owner.app["consumer_key"], owner.app["consumer_secret"], *said]),
            env={**os.environ, **front}, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        found: dict[str, str] = json.loads(done.stdout)
        return found

    link = run(CALLBACK)
    done = consent(front, link["url"], user.username)
    returned = parse_qs(urlsplit(done.headers["location"]).query)
    assert returned["oauth_token"] == [link["oauth_token"]]
    secret, verifier = link["oauth_token_secret"], returned["oauth_verifier"][0]
    held = run(CALLBACK, link["oauth_token"], secret, verifier)
    assert (held["userId"], held["screenName"]) == (user.id, user.username)
    assert held["me"] == user.username
