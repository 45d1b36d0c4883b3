"""The app that posted a tweet, under `tweet.fields=source`."""

import pytest

from shared.base.process import process
from tests.account_steps import calls
from tests.oauth_steps import app
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration
FIELD = "tweet.fields=source"


@pytest.fixture
def author(platform: Platform) -> Person:
    return platform.register()


def test_tweets_name_the_app_that_posted_them(author: Person, platform: Platform) -> None:
    made = author.tweet("by the web client")
    assert author.ok("GET", f"/2/tweets/{made}?{FIELD}")["data"]["source"] == "Rookery Web App"
    assert "source" not in author.ok("GET", f"/2/tweets/{made}")["data"]
    client = app(author, name="Tide bot", type="confidential")
    own = author.ok("POST", f"/1/apps/{client['id']}/tokens", {})["data"]
    token = own["oauth2_access_token"]
    posted = platform.call("POST", "/2/tweets", {"text": "by an app"}, token=token).json()["data"]
    path = f"/2/tweets/{posted['id']}?{FIELD}"
    assert author.ok("GET", path)["data"]["source"] == "Tide bot"
    with calls() as made_calls:
        author.ok("GET", path)
    names = made_calls.count("BatchGetItem")
    legacy = author.ok("GET", f"/1.1/statuses/show.json?id={posted['id']}")
    assert legacy["source"].endswith('rel="nofollow">Tide bot</a>')
    process.reset()
    with calls() as cold:
        author.ok("GET", path)
    assert cold.count("BatchGetItem") > names, "a warm process knows the name"
    author.ok("DELETE", f"/1/apps/{client['id']}")
    process.reset()
    assert "source" not in author.ok("GET", path)["data"], "the app is gone"
