"""What changes of the tweets domain's items mean to everybody else."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.tweets.core import visibility
from chalicelib.tweets.engagement import polls
from chalicelib.tweets.lists import lists

from shared.aws.events import Event
from shared.aws.streams import Change
from shared.contracts import media_object

SOURCE = "tweets"

_REFERENCES = (
    "conversation_id in_reply_to_tweet_id in_reply_to_user_id quoted_tweet_id quoted_user_id "
    "retweeted_tweet_id retweeted_user_id"
).split()

# Event, the members of a tweet that name whose tweet it refers to, and how it is called itself.
_DONE_TO_TWEETS = (
    ("tweet.retweeted", "retweeted_tweet_id", "retweeted_user_id", "retweet_id"),
    ("tweet.quoted", "quoted_tweet_id", "quoted_user_id", "quote_tweet_id"),
    ("tweet.replied", "in_reply_to_tweet_id", "in_reply_to_user_id", "reply_tweet_id"),
)

# What it is called that somebody begins and ceases to be something to a list.
_LIST_ROLES = {
    "member": ("list.member_added", "list.member_removed"),
    "follower": ("list.followed", "list.unfollowed"),
}


def tweet_events(change: Change) -> Iterable[Event]:
    """Events of one change in the tweets table: it came to be (and what it does), or it ended."""
    old, new = change.old, change.new
    if new is None:
        return
    base = {"tweet_id": new["id"], "author_id": new["author_id"], "kind": new["kind"]}
    base |= {name: new.get(name) for name in _REFERENCES}
    version, at = new["version"], new["updated_at"]
    versions = new.get("edit_history")
    if new.get("deleted"):
        # An edited tweet is one tweet: only its newest version announces the end of all.
        if not (old or {}).get("deleted") and "superseded_by" not in new:
            data = {**base, "edit_history_tweet_ids": versions, "has_media": _has_media(old)}
            yield Event.of(SOURCE, "tweet.deleted", new["id"], version, at, data)
        return
    if change.became("poll_closed", True):
        data = {k: base[k] for k in ("tweet_id", "author_id")}
        data["voter_ids"] = polls.voters(new["id"], new["author_id"]) or None
        yield Event.of(SOURCE, "poll.closed", new["id"], version, at, data)
    if old is None:
        entities = visibility.entities(new)
        data = {
            **base,
            "text": new.get("text"),
            "mentioned_user_ids": _unique(m["id"] for m in entities.get("mentions", ())),
            "urls": _unique(u["expanded_url"] for u in entities.get("urls", ())),
        }
        # Always version 1: published again later (a card came), it is still the same event.
        if _edits(new):
            data["edit_history_tweet_ids"] = versions
            yield Event.of(SOURCE, "tweet.edited", new["id"], 1, at, data)
        else:
            data["has_media"] = _has_media(new)
            yield Event.of(SOURCE, "tweet.created", new["id"], 1, at, data)
            yield from _reference_events(new)
        if mentioned := data["mentioned_user_ids"]:
            told = {k: base[k] for k in ("tweet_id", "author_id")}
            told["mentioned_user_ids"] = mentioned
            yield Event.of(SOURCE, "tweet.mentioned", new["id"], 1, at, told)


def _reference_events(tweet: Mapping[str, Any]) -> Iterable[Event]:
    """What a new tweet does to others, for who listens to nothing else."""
    for kind, of_tweet, of_author, name in _DONE_TO_TWEETS:
        # The author of what it is about is gone where that account was erased: nobody to tell.
        if of_tweet in tweet and of_author in tweet:
            data = {
                "tweet_id": tweet[of_tweet],
                "author_id": tweet[of_author],
                "user_id": tweet["author_id"],
                name: tweet["id"],
            }
            yield Event.of(SOURCE, kind, tweet["id"], 1, tweet["updated_at"], data)


def media_events(change: Change) -> Iterable[Event]:
    """Events of one change in the media table: a video waits for its processing, or it is ready."""
    new = change.new
    if new is None:
        return
    media_id, version, at = new["id"], new["version"], new["updated_at"]
    if change.became("state", "pending"):
        data = {"media_id": media_id, "owner_id": new["owner_id"]}
        yield Event.of(SOURCE, "media.uploaded", media_id, version, at, data)
    # Subtitles are of no use by themselves.
    if change.became("state", "succeeded") and new["kind"] != "subtitles":
        data = {
            "media_id": media_id,
            "media_key": media_object.media_key(new["kind"], media_id),
            "owner_id": new["owner_id"],
            "type": new["kind"],
            "width": new.get("width"),
            "height": new.get("height"),
            "duration_ms": new.get("duration_ms"),
        }
        yield Event.of(SOURCE, "media.ready", media_id, version, at, data)


def planned_events(change: Change) -> Iterable[Event]:
    """Events of one change in the table of planned tweets: a scheduled one could not be posted."""
    new = change.new
    if new is None or not change.became("status", "failed"):
        return
    planned_id = new["entry"].partition("#")[2]
    data = {"scheduled_id": planned_id, "user_id": new["user_id"], "reason": new["failure"]}
    version, at = new["version"], new["updated_at"]
    yield Event.of(SOURCE, "tweet.schedule_failed", planned_id, version, at, data)


def list_events(change: Change) -> Iterable[Event]:
    """Events of one change in the table of lists: of the list, its members and its followers.

    A membership that ends is deleted, so versions follow from the moment it began. What lists
    are called is not told: some are private.
    """
    list_id, (role, _, user_id) = change.keys["list_id"], change.keys["entry"].partition("#")
    entry, came = change.new or change.old or {}, change.old is None
    told = {"owner_id": entry.get("owner_id"), "private": entry.get("private")}
    if role == lists.LIST:
        kind = "list.created" if came else "list.updated" if change.new else "list.deleted"
        version = entry["version"] + (0 if change.new else 1)
        data = {"list_id": list_id, **told}
        yield Event.of(SOURCE, kind, list_id, version, entry["updated_at"], data)
    elif role in _LIST_ROLES and bool(change.old) != bool(change.new):
        version = entry["updated_at"] + (0 if change.new else 1)
        data = {"list_id": list_id, "user_id": user_id, **(told if role == "member" else {})}
        kind = _LIST_ROLES[role][0 if came else 1]
        yield Event.of(SOURCE, kind, f"{list_id}-{user_id}", version, version, data)


def engagement_events(change: Change) -> Iterable[Event]:
    """Events of one change in the engagements table; a retweet is announced as a tweet."""
    new = change.new
    if new is None or new["kind"] != "like" or not _toggled(change):
        return
    kind = "tweet.liked" if new["active"] else "tweet.unliked"
    data = {
        "tweet_id": new["tweet_id"],
        "author_id": new["author_id"],
        "user_id": new["user_id"],
    }
    subject = f"{new['tweet_id']}-{new['user_id']}"
    yield Event.of(SOURCE, kind, subject, new["version"], new["updated_at"], data)


def engagement_amounts(change: Change) -> Iterable[tuple[str, str, int]]:
    """What one change of an engagement adds to its tweet's counters; removed, it ends."""
    item = change.new or change.old
    if item is not None and _toggled(change):
        # Each option of a poll is counted by itself.
        name = f"votes_{item['choice']}" if item["kind"] == "vote" else f"{item['kind']}s"
        yield item["tweet_id"], name, 1 if (change.new or {}).get("active") else -1


def reference_amounts(change: Change) -> Iterable[tuple[str, str, int]]:
    """What a reply or quote that comes or goes adds to the tweet it refers to.

    All versions of an edited one count once: the first as it comes, the newest as it goes.
    """
    old, new = change.old, change.new
    if new is None or (old is None and _edits(new)) or (old and "superseded_by" in new):
        return
    was, gone = bool((old or {}).get("deleted")), bool(new.get("deleted"))
    amount = -1 if gone and not was and old is not None else 1 if old is None and not gone else 0
    if not amount:
        return
    if replied := new.get("in_reply_to_tweet_id"):
        yield replied, "replies", amount
    if quoted := new.get("quoted_tweet_id"):
        yield quoted, "quotes", amount


def _has_media(tweet: Mapping[str, Any] | None) -> bool | None:
    """True with media; ``None``, which no event carries, without."""
    return bool((tweet or {}).get("media")) or None


def _edits(tweet: Mapping[str, Any]) -> bool:
    """Whether a tweet is a later version of another one."""
    return bool(tweet.get("edit_history", [tweet["id"]])[0] != tweet["id"])


def _toggled(change: Change) -> bool:
    was = bool((change.old or {}).get("active"))
    return was != bool((change.new or {}).get("active"))


def _unique(values: Iterable[str]) -> list[str] | None:
    return list(dict.fromkeys(values)) or None
