"""Map changes in the tweets domain's tables to events and counters."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.tweets.core import visibility
from chalicelib.tweets.core.names import DOMAIN
from chalicelib.tweets.engagement import polls
from chalicelib.tweets.lists import lists

from shared.aws.events import Event
from shared.aws.streams import Change
from shared.base.ids import time_ms
from shared.contracts import media_object

_REFERENCES = (
    "conversation_id in_reply_to_tweet_id in_reply_to_user_id quoted_tweet_id quoted_user_id "
    "retweeted_tweet_id retweeted_user_id"
).split()

# Event; members of a tweet with the id and author of the tweet it refers to; name of its own id.
_REFERENCE_EVENTS = (
    ("tweet.retweeted", "retweeted_tweet_id", "retweeted_user_id", "retweet_id"),
    ("tweet.quoted", "quoted_tweet_id", "quoted_user_id", "quote_tweet_id"),
    ("tweet.replied", "in_reply_to_tweet_id", "in_reply_to_user_id", "reply_tweet_id"),
)

# Events when a user gets and loses a role in a list.
_LIST_ROLES = {
    "member": ("list.member_added", "list.member_removed"),
    "follower": ("list.followed", "list.unfollowed"),
}


def tweet_events(change: Change) -> Iterable[Event]:
    """Return events of a tweet: posted, edited, poll closed or deleted."""
    old, new = change.old, change.new
    if new is None:
        return
    base = {"tweet_id": new["id"], "author_id": new["author_id"], "kind": new["kind"]}
    base |= {name: new.get(name) for name in _REFERENCES}
    version, at = new["version"], new["updated_at"]
    versions = new.get("edit_history")
    if new.get("deleted"):
        # An edited tweet is one tweet: only its newest version announces the deletion.
        if not (old or {}).get("deleted") and "superseded_by" not in new:
            data = {
                **base,
                "edit_history_tweet_ids": versions,
                "has_media": _has_media(old),
                "mentioned_user_ids": _mentioned(old or {}),
                **_poll_ended(old or {}),
            }
            yield Event.of(DOMAIN, "tweet.deleted", new["id"], version, at, data)
        return
    if change.became("poll_closed", True):
        data = {k: base[k] for k in ("tweet_id", "author_id")}
        data["voter_ids"] = polls.voters(new["id"], new["author_id"]) or None
        # A poll closes once: what follows from it must be found again when it is deleted.
        end = polls.ends_at(new["id"], new["poll"]["duration_minutes"])
        yield Event.of(DOMAIN, "poll.closed", new["id"], 1, end, data)
    if old is None:
        # The id's time: what follows from the tweet must be found again when it is deleted.
        at = time_ms(new["id"])
        entities = visibility.entities(new)
        data = {
            **base,
            "text": new.get("text"),
            "mentioned_user_ids": _mentioned(new),
            "urls": _unique(u["expanded_url"] for u in entities.get("urls", ())),
        }
        # Always version 1: published again later (with a link card), it is still the same event.
        if _is_edit(new):
            data["edit_history_tweet_ids"] = versions
            yield Event.of(DOMAIN, "tweet.edited", new["id"], 1, at, data)
        else:
            data["has_media"] = _has_media(new)
            yield Event.of(DOMAIN, "tweet.created", new["id"], 1, at, data)
            yield from _reference_events(new)
        if mentioned := data["mentioned_user_ids"]:
            data = {k: base[k] for k in ("tweet_id", "author_id")}
            data["mentioned_user_ids"] = mentioned
            yield Event.of(DOMAIN, "tweet.mentioned", new["id"], 1, at, data)


def _reference_events(tweet: Mapping[str, Any]) -> Iterable[Event]:
    """Return events about tweets that a new one retweets, quotes or answers."""
    for kind, of_tweet, of_author, name in _REFERENCE_EVENTS:
        # If the other author's account was erased, its id is gone: nobody is to be notified.
        if of_tweet in tweet and of_author in tweet:
            data = {
                "tweet_id": tweet[of_tweet],
                "author_id": tweet[of_author],
                "user_id": tweet["author_id"],
                name: tweet["id"],
            }
            yield Event.of(DOMAIN, kind, tweet["id"], 1, time_ms(tweet["id"]), data)


def media_events(change: Change) -> Iterable[Event]:
    """Return events of media: a video was uploaded, or media are ready."""
    new = change.new
    if new is None:
        return
    media_id, version, at = new["id"], new["version"], new["updated_at"]
    if change.became("state", "pending"):
        data = {"media_id": media_id, "owner_id": new["owner_id"]}
        yield Event.of(DOMAIN, "media.uploaded", media_id, version, at, data)
    # Subtitles are of no use without a video.
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
        yield Event.of(DOMAIN, "media.ready", media_id, version, at, data)


def planned_events(change: Change) -> Iterable[Event]:
    """Return the event of a scheduled tweet that could not be posted."""
    new = change.new
    if new is None or not change.became("status", "failed"):
        return
    planned_id = new["entry"].partition("#")[2]
    data = {"scheduled_id": planned_id, "user_id": new["user_id"], "reason": new["failure"]}
    version, at = new["version"], new["updated_at"]
    yield Event.of(DOMAIN, "tweet.schedule_failed", planned_id, version, at, data)


def list_events(change: Change) -> Iterable[Event]:
    """Return events of a list, its members and its followers.

    A membership that ends is deleted, so versions follow from the moment it began. Events do
    not carry names of lists, as some lists are private.
    """
    list_id, (role, _, user_id) = change.keys["list_id"], change.keys["entry"].partition("#")
    entry, is_new = change.new or change.old or {}, change.old is None
    about = {"owner_id": entry.get("owner_id"), "private": entry.get("private")}
    if role == lists.LIST:
        kind = "list.created" if is_new else "list.updated" if change.new else "list.deleted"
        version = entry["version"] + (0 if change.new else 1)
        data = {"list_id": list_id, **about}
        yield Event.of(DOMAIN, kind, list_id, version, entry["updated_at"], data)
    elif role in _LIST_ROLES and bool(change.old) != bool(change.new):
        version = entry["updated_at"] + (0 if change.new else 1)
        data = {"list_id": list_id, "user_id": user_id, **(about if role == "member" else {})}
        kind = _LIST_ROLES[role][0 if is_new else 1]
        yield Event.of(DOMAIN, kind, f"{list_id}-{user_id}", version, version, data)


def engagement_events(change: Change) -> Iterable[Event]:
    """Return the event of a like or unlike; retweets are announced as tweets.

    Of an imported like nobody was notified, so later events say that it was one.
    """
    new = change.new
    if new is None or new["kind"] != "like" or not _is_toggled(change):
        return
    kind = "tweet.liked" if new["active"] else "tweet.unliked"
    data = {
        "tweet_id": new["tweet_id"],
        "author_id": new["author_id"],
        "user_id": new["user_id"],
        "imported": new.get("imported"),
    }
    subject = f"{new['tweet_id']}-{new['user_id']}"
    yield Event.of(DOMAIN, kind, subject, new["version"], new["updated_at"], data)


def engagement_amounts(change: Change) -> Iterable[tuple[str, str, int]]:
    """Return amounts that a change of an engagement adds to counters.

    Deleting an engagement ends it.
    """
    item = change.new or change.old
    if item is not None and _is_toggled(change):
        # Each option of a poll has a counter of its own.
        name = f"votes_{item['choice']}" if item["kind"] == "vote" else f"{item['kind']}s"
        yield item["tweet_id"], name, 1 if (change.new or {}).get("active") else -1


def reference_amounts(change: Change) -> Iterable[tuple[str, str, int]]:
    """Return amounts that a reply or quote adds to its tweet's counters.

    All versions of an edited one count once: the first when posted, the newest when deleted.
    """
    old, new = change.old, change.new
    if new is None or (old is None and _is_edit(new)) or (old and "superseded_by" in new):
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
    """Return True with media, otherwise ``None``, which events leave out."""
    return bool((tweet or {}).get("media")) or None


def _mentioned(tweet: Mapping[str, Any]) -> list[str] | None:
    """Return ids of the users whom a tweet mentions."""
    return visibility.mentioned_ids(dict(tweet)) or None


def _poll_ended(tweet: Mapping[str, Any]) -> dict[str, Any]:
    """Return the end (Unix ms) and voters of a tweet's closed poll."""
    if not tweet.get("poll_closed"):
        return {}
    end = polls.ends_at(tweet["id"], tweet["poll"]["duration_minutes"])
    voters = polls.first_voters(tweet["id"], tweet["author_id"])
    return {"poll_ended_at": end, "voter_ids": voters or None}


def _is_edit(tweet: Mapping[str, Any]) -> bool:
    """Return True if a tweet is a later version of another one."""
    return bool(tweet.get("edit_history", [tweet["id"]])[0] != tweet["id"])


def _is_toggled(change: Change) -> bool:
    """Return True if the engagement began or ended."""
    was = bool((change.old or {}).get("active"))
    return was != bool((change.new or {}).get("active"))


def _unique(values: Iterable[str]) -> list[str] | None:
    return list(dict.fromkeys(values)) or None
