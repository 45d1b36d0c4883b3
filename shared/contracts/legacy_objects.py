"""Objects of X's API 1.1, made of those of API v2.

The one place that knows their shape; a route asks for v2 objects with `TWEET_QUERY`,
`USER_QUERY` or `LIST_QUERY`, and passes them on.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any

from shared.aws.dynamo import Item
from shared.base.clock import parse_iso

USER_QUERY: Item = {
    "user.fields": [
        *("connection_status", "created_at", "description", "entities", "location"),
        *("profile_banner_url", "profile_image_url", "protected", "public_metrics", "url"),
        "verified",
    ]
}
TWEET_QUERY: Item = {
    **USER_QUERY,
    "tweet.fields": [
        *("attachments", "author_id", "created_at", "display_text_range", "entities"),
        *("in_reply_to_user_id", "lang", "possibly_sensitive", "public_metrics"),
        *("referenced_tweets", "source", "viewer"),
    ],
    "expansions": [
        *("attachments.media_keys", "author_id", "in_reply_to_user_id"),
        *("entities.mentions.username", "referenced_tweets.id"),
        *("referenced_tweets.id.author_id", "referenced_tweets.id.attachments.media_keys"),
    ],
    "media.fields": [
        *("alt_text", "duration_ms", "height", "preview_image_url", "type", "url"),
        *("variants", "width"),
    ],
}
LIST_QUERY: Item = {
    **USER_QUERY,
    "list.fields": [
        *("created_at", "description", "follower_count", "member_count", "owner_id"),
        "private",
    ],
    "expansions": ["owner_id"],
}
# A user with their latest tweet (`latest`), for one more key of the BatchGetItem of expansions.
STATUS_QUERY: Item = {
    "user.fields": [*USER_QUERY["user.fields"], "most_recent_tweet_id"],
    "tweet.fields": [
        *("created_at", "display_text_range", "entities", "in_reply_to_user_id", "lang"),
        *("possibly_sensitive", "public_metrics", "referenced_tweets"),
    ],
    "expansions": ["most_recent_tweet_id"],
}
# Members that the latest tweet of a user lacks.
OF_VIEWERS = frozenset({"favorited", "retweeted", "user"})
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
# X's default application name where a tweet tells none.
_SOURCE_URL = "https://help.x.com/en/using-x/how-to-tweet#source-labels"


def user(found: Item, *, entities: bool = True) -> Item:
    """Return a user of API v2 in the shape of API 1.1.

    Args:
        found: the user with the fields of `USER_QUERY`.
    """
    metrics: Mapping[str, int] = found.get("public_metrics", {})
    relation = found.get("connection_status")
    picture = found.get("profile_image_url")
    shown: Item = {
        "id": int(found["id"]),
        "id_str": found["id"],
        "name": found["name"],
        "screen_name": found["username"],
        "location": found.get("location", ""),
        "description": found.get("description", ""),
        "url": found.get("url") or None,
        "protected": bool(found.get("protected")),
        "verified": bool(found.get("verified")),
        "followers_count": metrics.get("followers_count", 0),
        "friends_count": metrics.get("following_count", 0),
        "listed_count": metrics.get("listed_count", 0),
        "favourites_count": metrics.get("like_count", 0),
        "statuses_count": metrics.get("tweet_count", 0),
        "default_profile_image": picture is None,
    }
    if "created_at" in found:
        shown["created_at"] = moment(found["created_at"])
    if picture:
        shown |= {"profile_image_url": picture, "profile_image_url_https": picture}
    if banner := found.get("profile_banner_url"):
        shown["profile_banner_url"] = banner
    if relation is not None:
        shown["following"] = "following" in relation
        shown["follow_request_sent"] = "follow_request_sent" in relation
    if entities:
        own = found.get("entities", {})
        shown["entities"] = {"description": {"urls": _urls(own.get("description", {}))}}
        if "url" in own:
            shown["entities"]["url"] = {"urls": _urls(own["url"])}
    return shown


def tweet(found: Item, includes: Mapping[str, list[Item]], *, extended: bool = False) -> Item:
    """Return a tweet of API v2 in the shape of API 1.1.

    Args:
        found: the tweet with the fields of `TWEET_QUERY`.
        includes: the expansions beside it.
        extended: ``tweet_mode=extended``: the text as ``full_text``, with its range.
    """
    return _Statuses(includes, extended=extended).one(found)


def tweets(body: Item, *, extended: bool = False) -> list[Item]:
    """Return the tweets of an answer of API v2."""
    made = _Statuses(body.get("includes", {}), extended=extended)
    return [made.one(found) for found in body.get("data", ())]


def latest(body: Item, *, extended: bool = False) -> Item:
    """Return ``status`` of a user, or nothing without a tweet.

    As in API 1.1 its author is not repeated; nor does it say what the viewer did with it.

    Args:
        body: the answer to `STATUS_QUERY`.
    """
    found = body.get("includes", {}).get("tweets", ())
    if not found:
        return {}
    shown = tweet(found[0], {}, extended=extended)
    return {"status": {name: shown[name] for name in shown if name not in OF_VIEWERS}}


def moment(iso: str) -> str:
    """Return a time as API 1.1 writes it: ``Mon Jan 06 18:40:40 +0000 2026``."""
    at = datetime.fromtimestamp(parse_iso(iso) / 1000, UTC)
    day = f"{_DAYS[at.weekday()]} {_MONTHS[at.month - 1]} {at.day:02d}"
    return f"{day} {at:%H:%M:%S} +0000 {at.year}"


def slug(name: str) -> str:
    """Return the name of a list in addresses: ``official-accounts``."""
    return re.sub(r"\W+", "-", name.lower()).strip("-")


def lists(body: Item) -> list[Item]:
    """Return the lists of an answer of API v2 whose owners the viewer sees."""
    owners = {one["id"]: one for one in body.get("includes", {}).get("users", ())}
    data = body.get("data", [])
    found = data if isinstance(data, list) else [data]
    return [_list(one, owners[one["owner_id"]]) for one in found if one["owner_id"] in owners]


class _Statuses:
    """Tweets of one answer, with the objects that expansions brought."""

    def __init__(self, includes: Mapping[str, list[Item]], *, extended: bool) -> None:
        self.extended = extended
        self.users = {one["id"]: one for one in includes.get("users", ())}
        self.tweets = {one["id"]: one for one in includes.get("tweets", ())}
        self.media = {one["media_key"]: one for one in includes.get("media", ())}

    def one(self, found: Item, *, nested: bool = True) -> Item:
        metrics, viewer = found.get("public_metrics", {}), found.get("viewer", {})
        author = self.users.get(found.get("author_id", ""))
        references = {one["type"]: one["id"] for one in found.get("referenced_tweets", ())}
        shown: Item = {
            "created_at": moment(found["created_at"]),
            "id": int(found["id"]),
            "id_str": found["id"],
            **self._text(found),
            "truncated": False,
            "entities": self._entities(found),
            "source": _source(found.get("source")),
            **self._reply(found, references.get("replied_to")),
            "user": user(author) if author else None,
            "geo": None,
            "coordinates": None,
            "place": None,
            "contributors": None,
            "is_quote_status": "quoted" in references,
            "retweet_count": metrics.get("retweet_count", 0),
            "favorite_count": metrics.get("like_count", 0),
            "favorited": bool(viewer.get("liked")),
            "retweeted": bool(viewer.get("retweeted")),
            "possibly_sensitive": bool(found.get("possibly_sensitive")),
            "lang": found.get("lang", "und"),
        }
        if media := self._media(found):
            shown["entities"]["media"] = media[:1]
            shown["extended_entities"] = {"media": media}
        return shown | self._nested(references, nested=nested)

    def _nested(self, references: Item, *, nested: bool) -> Item:
        shown: Item = {}
        if quoted := references.get("quoted"):
            shown |= {"quoted_status_id": int(quoted), "quoted_status_id_str": quoted}
        for kind, name in (("quoted", "quoted_status"), ("retweeted", "retweeted_status")):
            original = self.tweets.get(references.get(kind, ""))
            if nested and original:
                shown[name] = self.one(original, nested=False)
        return shown

    def _text(self, found: Item) -> Item:
        text = found["text"]
        if not self.extended:
            return {"text": text}
        return {
            "full_text": text,
            "display_text_range": found.get("display_text_range", [0, len(text)]),
        }

    def _reply(self, found: Item, replied: str | None) -> Item:
        to = found.get("in_reply_to_user_id")
        author = self.users.get(to or "")
        return {
            "in_reply_to_status_id": int(replied) if replied else None,
            "in_reply_to_status_id_str": replied,
            "in_reply_to_user_id": int(to) if to else None,
            "in_reply_to_user_id_str": to,
            "in_reply_to_screen_name": author["username"] if author else None,
        }

    def _entities(self, found: Item) -> Item:
        held = found.get("entities", {})
        return {
            "hashtags": _tags(held.get("hashtags", ())),
            "symbols": _tags(held.get("cashtags", ())),
            "user_mentions": [self._mention(one) for one in held.get("mentions", ())],
            "urls": _urls(held),
        }

    def _mention(self, one: Item) -> Item:
        known = self.users.get(one.get("id", ""), {})
        shown: Item = {
            "screen_name": one["username"],
            "name": known.get("name", one["username"]),
            "indices": [one["start"], one["end"]],
        }
        if "id" in one:
            shown |= {"id": int(one["id"]), "id_str": one["id"]}
        return shown

    def _media(self, found: Item) -> list[Item]:
        keys = found.get("attachments", {}).get("media_keys", ())
        end = len(found["text"])
        return [_medium(self.media[key], end) for key in keys if key in self.media]


def _medium(one: Item, end: int) -> Item:
    media_id = one["media_key"].partition("_")[2]
    address = one.get("url") or one.get("preview_image_url") or ""
    size = {"w": one.get("width", 0), "h": one.get("height", 0), "resize": "fit"}
    shown: Item = {
        "id": int(media_id),
        "id_str": media_id,
        "indices": [end, end],
        "media_url": address,
        "media_url_https": address,
        "url": address,
        "display_url": address,
        "expanded_url": address,
        "type": one["type"],
        "sizes": dict.fromkeys(("thumb", "small", "medium", "large"), size),
    }
    if "alt_text" in one:
        shown["ext_alt_text"] = one["alt_text"]
    if variants := one.get("variants"):
        info: Item = {"variants": [_variant(variant) for variant in variants]}
        if "duration_ms" in one:
            info["duration_millis"] = one["duration_ms"]
        shown["video_info"] = info
    return shown


def _variant(one: Item) -> Item:
    shown = {"content_type": one["content_type"], "url": one["url"]}
    return shown | ({"bitrate": one["bit_rate"]} if "bit_rate" in one else {})


def _tags(found: Any) -> list[Item]:
    return [{"text": one["tag"], "indices": [one["start"], one["end"]]} for one in found]


def _urls(entities: Item) -> list[Item]:
    return [
        {
            "url": one["url"],
            "expanded_url": one["expanded_url"],
            "display_url": one["display_url"],
            "indices": [one["start"], one["end"]],
        }
        for one in entities.get("urls", ())
    ]


def _source(name: str | None) -> str:
    if not name:
        return ""
    return f'<a href="{_SOURCE_URL}" rel="nofollow">{escape(name)}</a>'


def _list(found: Item, owner: Item) -> Item:
    name = slug(found["name"])
    return {
        "id": int(found["id"]),
        "id_str": found["id"],
        "name": found["name"],
        "slug": name,
        "full_name": f"@{owner['username']}/{name}",
        "uri": f"/lists/{found['id']}",
        "description": found["description"],
        "mode": "private" if found["private"] else "public",
        "member_count": found["member_count"],
        "subscriber_count": found["follower_count"],
        "created_at": moment(found["created_at"]),
        "user": user(owner),
    }
