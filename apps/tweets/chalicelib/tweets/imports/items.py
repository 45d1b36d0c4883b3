"""Items of imported tweets, likes and lists, and rows of stored ones.

The streams of their tables do everything else: counters, timelines, heads, events. Imported
items are history: their events notify nobody.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chalicelib.tweets.core import language
from chalicelib.tweets.core import text as tweet_text
from chalicelib.tweets.core.long_text_model import TEXTS
from chalicelib.tweets.core.models import ENGAGEMENTS, LISTS, TWEETS, ListEntry
from chalicelib.tweets.core.text import MAX_LONG_WEIGHT, MAX_WEIGHT
from chalicelib.tweets.engagement import items as engagement_items
from chalicelib.tweets.lists import membership
from chalicelib.tweets.lists.lists import LIST
from chalicelib.tweets.posting import items, long_texts

from shared.aws.dynamo import Item
from shared.aws.models import as_dict
from shared.aws.streams import IMPORTED
from shared.aws.table import Table
from shared.base.clock import iso, now_ms
from shared.base.ids import time_ms
from shared.contracts import follower_shards
from shared.text.entities import entities as find_entities
from shared.text.entities import find_mentions

Entry = tuple[Table[Any], Item]


def tweet_entries(
    row: Item, user_ids: Mapping[str, str], references: Mapping[str, Item], *, verified: bool
) -> list[Entry]:
    """Return the item of a tweet, reply or quote, and that of a long text.

    Args:
        row: ``id``, ``author_id``, ``text``, and optionally ``in_reply_to_tweet_id`` and
            ``quoted_tweet_id``.
        user_ids: ids of users by lower-case username, for mentions.
        references: items of the tweets that the row refers to, by id.
        verified: the author is, whose texts may be long.

    Raises:
        ValueError: the text cannot be a tweet; the message says why.
    """
    text = tweet_text.clean(row["text"], MAX_LONG_WEIGHT if verified else MAX_WEIGHT)
    parts = long_texts.split(text, find_entities(text, _mentioned(text, user_ids)))
    fields: Item = {
        "author_id": row["author_id"],
        "kind": "tweet",
        **parts,
        "lang": language.guess(parts["text"]),
    }
    if quoted_id := row.get("quoted_tweet_id"):
        author_id = references[quoted_id]["author_id"]
        fields |= {"kind": "quote", "quoted_tweet_id": quoted_id, "quoted_user_id": author_id}
    if replied_id := row.get("in_reply_to_tweet_id"):
        replied = references[replied_id]
        fields |= {
            "kind": "reply",
            "in_reply_to_tweet_id": replied_id,
            "in_reply_to_user_id": replied["author_id"],
            "conversation_id": replied["conversation_id"],
        }
    entries: list[Entry] = [(TWEETS, items.new(row["id"], {**fields, IMPORTED: True}))]
    if note := parts["note"]:
        entries.append((TEXTS, long_texts.item(row["id"], note)))
    return entries


def retweet_entries(row: Item, original: Item) -> list[Entry]:
    """Return the items of a retweet: the tweet and its engagement.

    Args:
        row: ``id``, ``user_id``.
        original: item of the tweet that it repeats.
    """
    fields = {
        "author_id": row["user_id"],
        "kind": "retweet",
        "retweeted_tweet_id": original["id"],
        "retweeted_user_id": original["author_id"],
        IMPORTED: True,
    }
    engaged = _engagement(row["user_id"], original, "retweet")
    return [
        (TWEETS, items.new(row["id"], fields)),
        (ENGAGEMENTS, {**engaged, "retweet_id": row["id"]}),
    ]


def like_entry(user_id: str, tweet: Item) -> Entry:
    """Return the item of a like."""
    return ENGAGEMENTS, _engagement(user_id, tweet, "like")


def list_entries(row: Item) -> list[Entry]:
    """Return the items of a list, its members and its followers."""
    list_id, owner_id, private = row["id"], row["owner_id"], bool(row.get("private"))
    made = ListEntry(
        list_id,
        LIST,
        user_key=f"owner#{owner_id}",
        position=int(list_id),
        owner_id=owner_id,
        updated_at=now_ms(),
        **{name: row[name] for name in ("name", "description", "private") if name in row},
    )
    entries: list[Entry] = [(LISTS, as_dict(made))]
    for role, user_ids in (("member", row.get("members")), ("follower", row.get("followers"))):
        more = {"owner_id": owner_id, "private": private} if role == "member" else {}
        for user_id in user_ids or ():
            key = membership.key(role, user_id)
            one = ListEntry(
                list_id, key, user_key=key, position=int(list_id), updated_at=now_ms(), **more
            )
            entries.append((LISTS, as_dict(one)))
    return entries


def stored_tweets(tweet_ids: Iterable[str]) -> dict[str, Item]:
    """Return stored tweets by id, tombstones too."""
    found = TWEETS.get_many([{"id": tweet_id} for tweet_id in tweet_ids], consistent=True)
    return {item["id"]: item for item in found}


def export_tweets() -> Iterator[Item]:
    """Return rows of all living tweets and retweets, by a scan.

    Calls: one more per long text.
    """
    for item in _scan(TWEETS):
        if item.get("deleted") or "superseded_by" in item:
            continue
        at = {"created_at": iso(time_ms(item["id"]))}
        if item["kind"] == "retweet":
            row = {"type": "retweet", "id": item["id"], "user_id": item["author_id"]}
            yield {**row, "tweet_id": item["retweeted_tweet_id"], **at}
        elif item.get("text"):
            row = {"type": "tweet", "id": item["id"], "author_id": item["author_id"]}
            names = ("text", "in_reply_to_tweet_id", "quoted_tweet_id")
            row |= {name: item[name] for name in names if name in item}
            if item.get("long_text") and (whole := TEXTS.get({"id": item["id"]})):
                row["text"] = whole["text"]
            yield {**row, **at}


def export_likes() -> Iterator[Item]:
    """Return rows of all likes, by a scan."""
    for item in _scan(ENGAGEMENTS):
        if item["kind"] == "like" and item["active"]:
            yield {"type": "like", "user_id": item["user_id"], "tweet_id": item["tweet_id"]}


def export_lists() -> Iterator[Item]:
    """Return rows of all lists with members and followers, by a scan."""
    lists: dict[str, Item] = {}
    roles: dict[str, dict[str, list[str]]] = {}
    for item in _scan(LISTS):
        role, _, user_id = item["entry"].partition("#")
        if role == LIST:
            lists[item["list_id"]] = item
        elif role in ("member", "follower"):
            held = roles.setdefault(item["list_id"], {"members": [], "followers": []})
            held[f"{role}s"].append(user_id)
    for list_id, item in lists.items():
        row = {"type": "list", "id": list_id, "owner_id": item["owner_id"]}
        names = ("name", "description", "private")
        people = {name: ids for name, ids in roles.get(list_id, {}).items() if ids}
        yield {**row, **{name: item[name] for name in names if item.get(name)}, **people}


def _mentioned(text: str, user_ids: Mapping[str, str]) -> dict[str, str]:
    names = {name.lower() for _, _, name in find_mentions(text)}
    return {name: user_ids[name] for name in names if name in user_ids}


def _engagement(user_id: str, tweet: Item, kind: str) -> Item:
    return {
        **engagement_items.key(user_id, tweet["id"], kind),
        "kind": kind,
        "tweet_id": tweet["id"],
        "author_id": tweet["author_id"],
        "active": True,
        IMPORTED: True,
        # The first shard, which every reader reads.
        "tweet_kind": follower_shards.key(f"{tweet['id']}#{kind}", 0),
        "version": 1,
        "updated_at": now_ms(),
    }


def _scan(table: Table[Any]) -> Iterator[Item]:
    start = None
    while True:
        page = table.scan_page(start=start)
        yield from page.items
        start = page.last_key
        if start is None:
            return
