"""The main job through the gateway, with X's own client."""

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from xdk import Client
from xdk.oauth2_auth import OAuth2PKCEAuth

from scripts.base.domain import domains
from tests.e2e.conftest import RunningPlatform

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

PASSWORD = "correct horse battery staple"
REDIRECT = "http://127.0.0.1:9999/callback"


def eventually(look: Callable[[], Any], seconds: float = 20) -> Any:
    """The first true value; events take their time, a fixed sleep never fits."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)


class Api:
    """Plain HTTP, as curl would."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url, self.session = url, requests.Session()
        self.session.trust_env = False
        if token:
            self.session.headers["authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, **arguments: Any) -> Any:
        answer = self.session.request(method, self.url + path, timeout=20, **arguments)
        assert answer.ok, (method, path, answer.status_code, answer.text[:500])
        return answer.json()


def register(url: str, username: str) -> Api:
    api = Api(url)
    email = f"{username}@example.com"
    body = {"username": username, "name": username.title(), "email": email, "password": PASSWORD}
    api("POST", "/1/accounts", json=body)
    mail = eventually(lambda: api("GET", "/1/dev/outbox", params={"to": email})["data"])[0]
    assert mail["channel"] == "email"
    assert mail["to"] == email
    api("POST", "/1/accounts/verify", json={"token": mail["data"]["token"]})
    session = api("POST", "/1/sessions", json={"login": username, "password": PASSWORD})
    return Api(url, session["data"]["access_token"])


def log_in_with_pkce(url: str, api: Api, username: str) -> Client:
    """X's client with its OAuth 2.0 flow, the browser's part by hand."""
    app = api("POST", "/1/apps", json={"name": "E2E", "redirect_uris": [REDIRECT]})["data"]
    auth = OAuth2PKCEAuth(
        base_url=url,
        authorization_base_url=f"{url}/i",
        client_id=app["client_id"],
        client_secret=app["client_secret"],
        redirect_uri=REDIRECT,
        scope=(
            "tweet.read tweet.write users.read follows.read follows.write like.write offline.access"
        ),
    )
    browser = requests.Session()
    browser.trust_env = False

    def submit(page: requests.Response, **fields: str) -> requests.Response:
        action = re.search(r'action="([^"]+)"', page.text)
        assert action is not None, page.text
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        values = {**hidden, **fields}
        return browser.post(url + action[1], data=values, allow_redirects=False, timeout=20)

    login = browser.get(auth.get_authorization_url(state="s"), timeout=20)
    entered = submit(login, login=username, password=PASSWORD)
    consent = browser.get(url + entered.headers["location"], timeout=20)
    assert "wants to access your account" in consent.text
    allowed = submit(consent, decision="allow")
    query = parse_qs(urlsplit(allowed.headers["location"]).query)
    token = auth.exchange_code(query["code"][0])
    assert token["refresh_token"]
    refreshed = auth.refresh_token()
    return Client(base_url=url, access_token=refreshed["access_token"])


def test_main_job(running: RunningPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    url = running.url
    alice_api, bob_api = register(url, "alice"), register(url, "bob")
    alice = log_in_with_pkce(url, alice_api, "alice")
    bob = log_in_with_pkce(url, bob_api, "bob")
    alice_id = alice.users.get_me().data.id
    bob_id = bob.users.get_me().data.id

    alice_api("PATCH", "/1/accounts/me", json={"description": "Watches rooks"})
    profile = bob.users.get_by_username("alice", user_fields=["description", "public_metrics"])
    assert profile.data.description == "Watches rooks"

    followed = bob.users.follow_user(bob_id, body={"target_user_id": alice_id})
    assert followed.data.following is True
    link = f"{url}/demo/"
    posted = alice.posts.create(body={"text": f"Read this, @bob: {link}"})
    tweet_id = posted.data.id

    def home() -> list[dict[str, Any]]:
        for page in bob.users.get_timeline(bob_id, max_results=50, expansions=["author_id"]):
            return [dict(post) for post in page.data or []]
        return []

    eventually(lambda: tweet_id in [post["id"] for post in home()])

    # The tweet's page as programs ask for it that show links: whole, by HEAD, and in part.
    page = f"{url}/@alice/status/{tweet_id}"
    plain = {"accept-encoding": "identity"}
    whole = eventually(lambda: answer if (answer := requests.get(page, timeout=20)).ok else None)
    head = requests.head(page, headers=plain, timeout=20)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == len(whole.content)
    assert head.headers["content-type"] == whole.headers["content-type"]
    part = requests.get(page, headers={**plain, "range": "bytes=0-99"}, timeout=20)
    # Whole or right, never another part.
    assert (part.status_code, part.content) in [
        (200, whole.content), (206, whole.content[:100])
    ]  # fmt: skip

    reply = bob.posts.create(
        body={"text": "Lovely", "reply": {"in_reply_to_tweet_id": tweet_id}}
    ).data.id
    assert bob.users.like_post(bob_id, body={"tweet_id": tweet_id}).data.liked is True
    assert bob.users.repost_post(bob_id, body={"tweet_id": tweet_id}).data.retweeted is True

    def metrics() -> dict[str, int]:
        post = alice.posts.get_by_id(tweet_id, post_fields=["public_metrics"])
        return dict(post.data.public_metrics)

    eventually(
        lambda: (
            (metrics()["like_count"], metrics()["repost_count"], metrics()["reply_count"])
            == (1, 1, 1)
        )
    )

    def inbox() -> set[str]:
        return {n["type"] for n in alice_api("GET", "/1/notifications/inbox").get("data", [])}

    eventually(lambda: inbox() >= {"follow", "reply", "like", "retweet"})
    subjects = eventually(
        lambda: [
            mail["subject"]
            for mail in alice_api("GET", "/1/dev/outbox", params={"to": "alice@example.com"})[
                "data"
            ]
            if "replied to you" in mail["subject"]
        ]
    )
    assert "@bob" in subjects[0]

    def card() -> dict[str, Any]:
        shown = alice_api("GET", f"/2/tweets/{tweet_id}", params={"tweet.fields": "entities"})
        entity: dict[str, Any] = shown["data"]["entities"]["urls"][0]
        return entity if "title" in entity else {}

    assert eventually(card)["title"]

    assert bob.users.unlike_post(bob_id, tweet_id).data.liked is False
    assert bob.users.unrepost_post(bob_id, tweet_id).data.retweeted is False
    eventually(lambda: (metrics()["like_count"], metrics()["repost_count"]) == (0, 0))
    assert bob.posts.delete(reply).data.deleted is True
    assert alice.posts.delete(tweet_id).data.deleted is True
    assert tweet_id not in [post["id"] for post in home()]


def test_crawl_with_live_progress(running: RunningPlatform) -> None:
    api = register(running.url, "operator")
    body = {"url": f"{running.url}/demo/", "allow_private": True, "max_pages": 50}
    made = api("POST", "/1/crawls", json=body)["data"]
    assert made["status"] == "running"

    def finished() -> Any:
        run = api("GET", f"/1/crawls/{made['id']}")["data"]
        return run if run["status"] != "running" else None

    run = eventually(finished, 60)
    assert run["status"] == "finished"
    stats = run["stats"]
    assert stats["queued"] == 0
    assert stats["fetched"] >= 10
    pages = api("GET", f"/1/crawls/{made['id']}/pages", params={"max_results": 100})["data"]
    urls = [page["url"] for page in pages]
    assert len(urls) == len(set(urls)) >= stats["fetched"]


class ToRookery(requests.adapters.HTTPAdapter):
    """Send tweepy's requests, signed for X's host, to the platform."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        request.url = str(request.url).replace("https://api.twitter.com", self.url)
        return super().send(request, *args, **kwargs)


def test_tweepy_with_its_default_oauth1_signatures(running: RunningPlatform) -> None:
    import tweepy

    api = register(running.url, "tweeper")
    app = api("POST", "/1/apps", json={"name": "Bot"})["data"]
    own = api("POST", f"/1/apps/{app['id']}/tokens", json={})["data"]
    client = tweepy.Client(
        bearer_token=app["bearer_token"],
        consumer_key=app["consumer_key"],
        consumer_secret=app["consumer_secret"],
        access_token=own["access_token"],
        access_token_secret=own["access_token_secret"],
    )
    client.session.trust_env = False
    client.session.mount("https://api.twitter.com", ToRookery(running.url))
    made = client.create_tweet(text="from tweepy, über & co. 😀")
    me = client.get_me(user_fields=["created_at"])
    assert me.data.username == "tweeper"
    client.like(made.data["id"])
    client.retweet(made.data["id"])
    found = client.get_users_tweets(me.data.id, tweet_fields=["created_at"], exclude="retweets")
    assert [tweet.id for tweet in found.data] == [int(made.data["id"])]
    assert found.data[0].created_at is not None
    home = client.get_home_timeline(tweet_fields=["public_metrics"], expansions="author_id")
    assert home.includes["users"][0].username == "tweeper"
    client.unlike(made.data["id"])
    client.unretweet(made.data["id"])
    assert client.delete_tweet(made.data["id"]).data["deleted"] is True
    with pytest.raises(tweepy.NotFound):
        client.like("123456")


def test_documents_and_health(running: RunningPlatform) -> None:
    api = Api(running.url)
    health = api("GET", "/healthz")
    assert health["status"] == "ok"
    assert set(health["domains"]) == set(domains())
    document = api("GET", "/openapi.json")
    assert document["openapi"].startswith("3.")
    assert "/2/tweets" in document["paths"]
    docs = api.session.get(running.url + "/docs", timeout=20)
    assert docs.status_code == 200
    unknown = api.session.get(running.url + "/2/no/such", timeout=20)
    assert unknown.status_code == 404
    assert unknown.headers["content-type"] == "application/problem+json"
    big = api.session.post(running.url + "/1/accounts", data=b"x" * 1_100_000, timeout=20)
    assert big.status_code == 413
    foreign = api.session.get(
        running.url + "/healthz", headers={"host": "evil.example"}, timeout=20
    )
    assert foreign.status_code == 421
