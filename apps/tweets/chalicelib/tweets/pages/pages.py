"""Contents of the public pages: profiles, tweets, lists and hashtags.

What may be seen is decided where the API decides it, for a viewer without an account.
"""

import re
from collections.abc import Callable

from chalicelib.tweets.core import visibility
from chalicelib.tweets.lists import lists, timeline
from chalicelib.tweets.pages.head import SITE, Head, Picture
from chalicelib.tweets.pages.render import Page, embedded
from chalicelib.tweets.pages.text import description, segments
from chalicelib.tweets.pages.tweets import FIELDS, ShownTweet, shown_tweets
from chalicelib.tweets.pipeline import lookup
from chalicelib.tweets.timelines import replies, user_timelines

from shared.aws.dynamo import Item
from shared.base.config import settings
from shared.base.errors import Problem
from shared.base.ids import MAX_ID
from shared.contracts import profiles, user_object
from shared.contracts.profiles import UserCard

_TWEETS = 20
_AT_X = re.compile(r"https?://(?:(?:www|mobile)\.)?(?:twitter|x)\.com(?=/)", re.I)
# `/status/1`, `/@name/status/1`, and X's `/name/status/1`, `/i/statuses/1`, `/i/web/status/1`.
_TWEET_PATH = re.compile(r"(?:/@?\w+){0,2}/status(?:es)?/([0-9]{1,19})(?![^/?#])")
_USER_FIELDS = frozenset(
    ["created_at", "description", "entities", "location", "profile_banner_url",
     "profile_image_url", "public_metrics", "url", "verified"]
)  # fmt: skip


def profile(handle: str) -> Page:
    """Return the page of an account, with its newest tweets.

    Of a protected or suspended account there is only the name.
    """
    card = _card(handle)
    if card is None:
        return not_found(f"/{handle}")
    path = f"/@{card.username}"
    if handle[1:] != card.username:
        return moved(path)
    name = f"{card.name} (@{card.username})"
    if not card.active or card.protected:
        why = "These tweets are protected." if card.active else "This account is suspended."
        head = Head(name, why, path, kind="profile", listed=False)
        return Page("closed", head, {"name": card.name, "username": card.username, "why": why})
    counts = profiles.counts([card.id]).get(card.id, {})
    user = user_object.present(card.item, _USER_FIELDS, counts)
    tweets = _read(lambda: user_timelines.user_tweets(card.id, _page_of(_TWEETS), None))
    about = user.get("description", "")
    head = Head(
        name,
        description(about) or f"Tweets of {name} on {SITE}.",
        path,
        kind="profile",
        picture=_avatar(user),
        data={"@type": "ProfilePage", "mainEntity": _person(user)},
    )
    found = user.get("entities", {}).get("description", {})
    return Page("profile", head, {"user": user, "bio": segments(about, found), "tweets": tweets})


def tweet(handle: str | None, tweet_id: str) -> Page:
    """Return the page of a tweet, with the first replies.

    Args:
        handle: ``@name`` as the address has it; ``None`` leads to the canonical address.
    """
    asked = f"/{handle}/status/{tweet_id}" if handle else f"/status/{tweet_id}"
    if not (tweet_id.isascii() and tweet_id.isdigit() and len(tweet_id) < 20):
        return not_found(asked)
    if int(tweet_id) > MAX_ID:
        return not_found(asked)
    found = shown_tweets(lookup.tweets_by_ids(None, [tweet_id], FIELDS, "id"))
    if not found:
        return _gone_or_hidden(asked, tweet_id)
    shown = found[0]
    if asked != shown.path:
        return moved(shown.path)
    answers = _read(lambda: replies.replies(tweet_id, _page_of(_TWEETS), None))
    parent = _parent(shown)
    author = f"{shown.author['name']} (@{shown.author['username']})"
    head = Head(
        author,
        description(shown.text),
        shown.path,
        kind="article",
        picture=shown.picture or _avatar(shown.author),
        published=shown.created_at,
        data=_posting(shown),
        long_title=f"{author}: {description(shown.text)[:80]}",
    )
    return Page("tweet", head, {"tweet": shown, "parent": parent, "replies": answers})


def list_page(list_id: str) -> Page:
    """Return the page of a public list, with its newest tweets."""
    path = f"/lists/{list_id}"
    if not (list_id.isascii() and list_id.isdigit() and len(list_id) < 20):
        return not_found(path)
    try:
        stored = lists.load_visible(None, list_id)
    except Problem:
        return not_found(path)
    owner = profiles.card(stored["owner_id"])
    if owner is None:
        return not_found(path)
    tweets = _read(lambda: timeline.list_tweets(list_id, _page_of(_TWEETS), None))
    about = stored.get("description", "")
    by = f"A list by {owner.name} (@{owner.username})."
    head = Head(stored["name"], description(about) or by, path, picture=_avatar(owner.item))
    values = {"name": stored["name"], "about": about, "owner": owner, "tweets": tweets}
    return Page("list", head, values)


def hashtag(tag: str) -> Page:
    """Return the page of a hashtag or ``$cashtag``, empty without a search."""
    tag = tag.lstrip("#")[:140]
    shown = tag if tag.startswith("$") else f"#{tag}"
    head = Head(shown, f"Tweets with {shown}.", f"/hashtag/{tag}", listed=False)
    return Page("hashtag", head, {"tag": shown})


def not_found(path: str, *, gone: bool = False) -> Page:
    """Return the page for an address without content."""
    title = "This tweet was deleted" if gone else "Nothing here"
    head = Head(title, title, path, listed=False)
    return Page("missing", head, {"title": title}, status=410 if gone else 404)


def moved(path: str) -> Page:
    """Return the redirect to a canonical path."""
    return Page("missing", Head(SITE, "", path), {"title": "Moved"}, status=301, location=path)


def for_members(path: str) -> Page:
    """Return a page without content; the web client fills it."""
    return Page("members", Head(SITE, "Log in to see this page.", path, listed=False))


def embed(url: str) -> Item | None:
    """Return the oEmbed 1.0 document (oembed.com) of a tweet's address."""
    return embed_tweet(tweet_id_in(url))


def tweet_id_in(address: str) -> str:
    """Return the id in a tweet's address here or at X, or nothing."""
    site = _AT_X.match(address) or re.match(f"{re.escape(settings().public_url)}(?=/)", address)
    found = _TWEET_PATH.match(address, site.end()) if site else None
    return found[1] if found else ""


def embed_tweet(tweet_id: str) -> Item | None:
    """Return the oEmbed 1.0 document of a tweet that everybody may read."""
    base = settings().public_url
    if not (tweet_id.isascii() and tweet_id.isdigit() and len(tweet_id) < 20):
        return None
    found = shown_tweets(lookup.tweets_by_ids(None, [tweet_id], FIELDS, "id"))
    if not found:
        return None
    shown = found[0]
    head = Head("", "", shown.path)
    return {
        "type": "rich",
        "version": "1.0",
        "title": description(shown.text),
        "author_name": shown.author["name"],
        "author_url": f"{base}/@{shown.author['username']}",
        "provider_name": SITE,
        "provider_url": base,
        "html": embedded(head, shown),
        "width": 550,
        "height": None,
        "cache_age": 3600,
    }


def _card(handle: str) -> UserCard | None:
    """Return the card of an account that is not gone, by ``@name``."""
    name = handle[1:].lower()
    user_id = profiles.ids_of_usernames([name]).get(name)
    card = profiles.card(user_id) if user_id else None
    return None if card is None or card.gone else card


def _gone_or_hidden(path: str, tweet_id: str) -> Page:
    """Return 410 for a public account's deleted tweet, else 404."""
    stored = visibility.load_tweets([tweet_id]).get(tweet_id)
    author = profiles.card(stored["author_id"]) if stored and stored.get("deleted") else None
    return not_found(path, gone=visibility.may_read(None, author, None))


def _parent(shown: ShownTweet) -> ShownTweet | None:
    if not shown.replied_to:
        return None
    found = shown_tweets(lookup.tweets_by_ids(None, [shown.replied_to], FIELDS, "id"))
    return found[0] if found else None


def _read(page: Callable[[], Item]) -> list[ShownTweet]:
    """Return the tweets of a page that a viewer without an account may read."""
    try:
        return shown_tweets(page())
    except Problem:
        return []


def _page_of(size: int) -> Item:
    return {**FIELDS, "max_results": size}


def _avatar(user: Item) -> Picture | None:
    url = user.get("profile_image_url")
    return Picture(url, alt=f"@{user['username']}") if url else None


def _person(user: Item) -> Item:
    return {
        "@type": "Person",
        "name": user["name"],
        "alternateName": f"@{user['username']}",
        "identifier": user["id"],
        "url": f"{settings().public_url}/@{user['username']}",
    }


def _posting(shown: ShownTweet) -> Item:
    return {
        "@type": "SocialMediaPosting",
        "headline": description(shown.text),
        "articleBody": shown.text,
        "datePublished": shown.created_at,
        "url": settings().public_url + shown.path,
        "author": _person(shown.author),
    }
