"""Pages for people without an account, and for programs that show links."""

import json
import re
from html.parser import HTMLParser

import pytest

from shared.base.config import settings
from tests.integration.users.moderation.test_moderation import staff
from tests.media_support import photo
from tests.platform import Answer, Person, Platform

pytestmark = pytest.mark.integration

ATTACK = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
WHY = {"reason": "spam"}


class Parsed(HTMLParser):
    """A page's meta tags, script sources, link addresses and visible text."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.data = ""
        self._inside = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        self._inside = tag
        if tag == "meta" and (name := found.get("property") or found.get("name")):
            self.meta[name] = found.get("content") or ""

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.data += data
        else:
            self.text += data


@pytest.fixture
def author(platform: Platform) -> Person:
    return platform.register()


def page(platform: Platform, path: str, status: int = 200, **headers: str) -> Parsed:
    answer = platform.call("GET", path, **headers)
    assert answer.status == status, (path, answer.body)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Parsed(answer.body)


def test_a_profile_says_who_it_is_and_shows_posts(platform: Platform, author: Person) -> None:
    about = {"name": "Ada Byron", "description": "Engines & poetry, see https://example.com/ada"}
    author.ok("PATCH", "/1/accounts/me", about)
    author.tweet("The first post #engines $TSLA #größe")
    platform.settle()
    found = page(platform, f"/@{author.username}")
    assert found.meta["og:type"] == "profile"
    assert found.meta["og:title"] == f"Ada Byron (@{author.username})"
    assert f"Ada Byron (@{author.username}) · Rookery" in found.text
    assert found.meta["og:description"].startswith("Engines & poetry")
    assert found.meta["og:url"] == f"{settings().public_url}/@{author.username}"
    assert "The first post" in found.text
    assert re.search(r"1\s+tweet\b", found.text)
    links = {attrs.get("href") for tag, attrs in found.tags if tag == "a"}
    tags = {"/hashtag/engines", "/hashtag/%24TSLA", "/hashtag/gr%C3%B6%C3%9Fe"}
    assert {"https://example.com/ada", *tags} <= links


def test_a_tweet_tells_its_text_counts_picture_and_replies(
    platform: Platform, author: Person
) -> None:
    other = platform.register()
    tweet_id = author.tweet("Look up!", media={"media_ids": [photo(author)]})
    other.tweet("I see it", reply={"in_reply_to_tweet_id": tweet_id})
    other.ok("POST", f"/2/users/{other.id}/likes", {"tweet_id": tweet_id})
    platform.settle()
    path = f"/@{author.username}/status/{tweet_id}"
    found = page(platform, path)
    assert found.meta["og:type"] == "article"
    name = author.ok("GET", "/2/users/me")["data"]["name"]
    assert found.meta["og:title"] == found.meta["twitter:title"] == f"{name} (@{author.username})"
    assert f"(@{author.username}): Look up! · Rookery" in found.text
    assert found.meta["og:description"].startswith("Look up!")
    assert found.meta["og:image"].startswith(settings().public_url)
    assert found.meta["twitter:card"] == "summary_large_image"
    assert "I see it" in found.text
    assert re.search(r"1\s+like\b", found.text)
    assert re.search(r"1\s+reply\b", found.text)
    posting = json.loads(found.data.strip())
    assert posting["@type"] == "SocialMediaPosting"
    assert posting["articleBody"].startswith("Look up!")
    embed = platform.call("GET", f"/oembed?url={settings().public_url}{path}&format=json")
    assert embed.json()["author_url"] == f"{settings().public_url}/@{author.username}"
    # As it is asked for at publish.x.com, which the TLS front serves too.
    at_x = platform.call("GET", f"/oembed?url=https://x.com/i/statuses/{tweet_id}")
    assert at_x.json() == embed.json()
    for elsewhere in ("https://elsewhere.example", "https://x.com.elsewhere.example", ""):
        path = f"/oembed?url={elsewhere}/x/status/{tweet_id}"
        assert platform.call("GET", path).status == 404
    assert platform.call("GET", f"/oembed?url=https://x.com/x/status/{tweet_id}z").status == 404
    # Section 2.2 of oEmbed: a format that the provider does not make.
    xml = platform.call("GET", f"/oembed?url=https://x.com/i/statuses/{tweet_id}&format=xml")
    assert (xml.status, xml.json()["detail"]) == (501, "The only format is json.")


def test_whatever_accept_and_agent_say_the_page_is_the_same(
    platform: Platform, author: Person
) -> None:
    tweet_id = author.tweet("For everybody")
    path = f"/@{author.username}/status/{tweet_id}"
    answers = [
        platform.call("GET", path, token=token, accept=accept, user_agent=agent)
        for accept in ("*/*", "text/html", "application/json", "")
        for agent in ("curl/8.5", "Slackbot-LinkExpanding 1.0", "facebookexternalhit/1.1", "")
        for token in (None, author.token)
    ]
    assert len({answer.body for answer in answers}) == 1
    assert answers[0].headers["cache-control"] == "public, max-age=5, s-maxage=10"
    # Some programs read no more than the beginning.
    assert b'property="og:url"' in answers[0].body[:4096]
    assert b'name="twitter:description"' in answers[0].body[:4096]


def test_addresses_lead_to_the_canonical_one(platform: Platform, author: Person) -> None:
    tweet_id = author.tweet("Here")
    canonical = f"/@{author.username}/status/{tweet_id}"
    for path in (f"/@somebody/status/{tweet_id}", f"/status/{tweet_id}",
                 f"/@{author.username.upper()}/status/{tweet_id}"):  # fmt: skip
        moved = platform.call("GET", path)
        assert (moved.status, moved.headers["location"]) == (301, canonical)
    moved = platform.call("GET", f"/@{author.username.upper()}")
    assert (moved.status, moved.headers["location"]) == (301, f"/@{author.username}")


def test_what_is_not_public_is_on_no_page(platform: Platform, author: Person) -> None:
    tweet_id = author.tweet("Only for friends")
    author.ok("PATCH", "/1/accounts/me", {"protected": True, "description": "secret words"})
    platform.settle()
    profile = page(platform, f"/@{author.username}")
    assert profile.meta["robots"] == "noindex"
    tweet = platform.call("GET", f"/@{author.username}/status/{tweet_id}")
    embed = platform.call("GET", f"/oembed?url={settings().public_url}/@x/status/{tweet_id}")
    assert (tweet.status, embed.status) == (404, 404)
    for answer in (tweet, embed, platform.call("GET", f"/@{author.username}")):
        assert b"Only for friends" not in answer.body
        assert b"secret words" not in answer.body


def test_a_suspended_account_shows_its_name_only(platform: Platform, author: Person) -> None:
    tweet_id = author.tweet("Buy now")
    staff(platform, "moderator").ok("POST", f"/1/admin/users/{author.id}/suspend", WHY)
    platform.settle()
    found = page(platform, f"/@{author.username}")
    assert found.meta["robots"] == "noindex"
    assert "Buy now" not in found.text
    page(platform, f"/@{author.username}/status/{tweet_id}", 404)


def test_deleted_and_unknown_addresses(platform: Platform, author: Person) -> None:
    tweet_id = author.tweet("Soon gone")
    author.ok("DELETE", f"/2/tweets/{tweet_id}")
    page(platform, f"/@{author.username}/status/{tweet_id}", 410)
    page(platform, f"/status/{tweet_id}", 410)
    for path in ("/@nobody_here", f"/@{author.username}/status/1", "/@x/status/abc",
                 "/@x/status/99999999999999999999", "/lists/1"):  # fmt: skip
        found = page(platform, path, 404)
        assert found.meta["robots"] == "noindex"


def test_texts_of_people_are_text(platform: Platform, author: Person) -> None:
    author.ok("PATCH", "/1/accounts/me", {"name": ATTACK[:50], "description": ATTACK})
    tweet_id = author.tweet(ATTACK)
    made = author.ok("POST", "/2/lists", {"name": ATTACK[:25], "description": ATTACK})
    platform.settle()
    profile, lists = f"/@{author.username}", f"/lists/{made['data']['id']}"
    tag = "/hashtag/%3Cscript%3Ealert(1)"
    for path in (profile, f"{profile}/status/{tweet_id}", lists, tag):
        answer: Answer = platform.call("GET", path)
        assert answer.status == 200, path
        found = Parsed(answer.body)
        scripts = [attrs for tag, attrs in found.tags if tag == "script"]
        assert all("src" in one or one.get("type") == "application/ld+json" for one in scripts)
        assert not [attrs for _, attrs in found.tags if any(n.startswith("on") for n in attrs)]
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")


def test_lists_hashtags_and_pages_for_members(platform: Platform, author: Person) -> None:
    member = platform.register()
    member.tweet("On the list")
    made = author.ok("POST", "/2/lists", {"name": "Birds", "description": "Those that sing"})
    list_id = made["data"]["id"]
    author.ok("POST", f"/2/lists/{list_id}/members", {"user_id": member.id})
    hidden = author.ok("POST", "/2/lists", {"name": "Private", "private": True})["data"]["id"]
    platform.settle()
    found = page(platform, f"/lists/{list_id}")
    assert found.meta["og:title"] == "Birds"
    assert "On the list" in found.text
    page(platform, f"/lists/{hidden}", 404)
    assert platform.call("GET", f"/i/lists/{list_id}").headers["location"] == f"/lists/{list_id}"
    for path, shown in (
        ("rooks", "#rooks"), ("%24TSLA", "$TSLA"), ("$TSLA", "$TSLA"), ("gr%C3%B6%C3%9Fe", "#größe")
    ):  # fmt: skip
        tag_page = page(platform, f"/hashtag/{path}")
        assert tag_page.meta["og:title"] == shown
        assert f"Tweets with {shown} cannot be listed yet." in tag_page.text
    for path in ("/lists/pinned", f"/lists/{list_id}/members", f"/@{author.username}/followers"):
        asked = page(platform, path)
        assert ("div", {"id": "app", "data-needs": "client"}) in asked.tags


def test_pages_lead_back_after_a_login(platform: Platform, author: Person) -> None:
    tweet_id = author.tweet("Come in")
    list_id = author.ok("POST", "/2/lists", {"name": "Open house"})["data"]["id"]
    platform.settle()

    def login(path: str, status: int = 200) -> list[str | None]:
        tags = page(platform, path, status).tags
        links = [found.get("href") or "" for tag, found in tags if tag == "a"]
        return [link for link in links if link.startswith("/login")]

    for path in (
        f"/@{author.username}",
        f"/@{author.username}/status/{tweet_id}",
        f"/lists/{list_id}",
        "/hashtag/rook%C3%A9",
    ):
        assert login(path) == [f"/login?next={path.replace('@', '%40')}"]
    assert login("/@nobody_here_1", 404) == ["/login"]
